package org.jpasst.migrate.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.Ioctl;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Shutdown;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.TcpInfo;
import org.jpasst.migrate.stream.SocketFields;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.TcpState;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;

/**
 * Makes a connected TCP socket out of a record, in this order: {@link #open}; repair mode on, by
 * whoever may; {@link #restore}; repair mode off; {@link #resume}. Nothing is sent before repair
 * mode is left. On a failure anywhere the socket is closed by the caller: in repair mode that tells
 * the peer nothing. Belongs to one thread.
 *
 * <p>A socket whose peer had closed comes back as one whose receive sequence lies behind the FIN:
 * no end of stream is ever read from it. That it has been is for the caller to remember.
 */
public final class SocketRestore {
  // Options of the handshake, linux/tcp.h: TCPOPT_*, as TCP_REPAIR_OPTIONS has them.
  private static final int OPTION_MSS = 2;
  private static final int OPTION_WINDOW = 3;
  private static final int OPTION_SACK_PERMITTED = 4;
  private static final int OPTION_TIMESTAMP = 8;
  private static final int PAIR = 2 * Integer.BYTES;

  /** Most that TCP_MAXSEG takes: MAX_TCP_WINDOW, include/net/tcp.h. */
  private static final int MAX_MAXSEG = 32_767;

  /** About what the kernel gives a socket that has just been connected (tcp_sndbuf_expand). */
  private static final int NEW_SEND_BUFFER = 1 << 17;

  private final Sockets sockets;
  private final SocketAddress address = new SocketAddress();
  private final QueueFiller filler;
  private final MemorySegment options = Arena.global().allocate(4 * PAIR, 4);
  private final MemorySegment window = Arena.global().allocate(WindowOption.SIZE, 4);

  /** Restores by the given calls. */
  public SocketRestore(Sockets sockets) {
    this.sockets = sockets;
    filler = new QueueFiller(sockets);
  }

  /**
   * Makes the socket: non-blocking, in the network namespace of this thread.
   *
   * @param local the address it will be bound to; says which family
   * @return the descriptor, which is the caller's
   */
  public int open(IpAddress local) throws ErrnoException {
    int family = local.isIpv4() ? AddressFamily.INET : AddressFamily.INET6;
    int type = SocketType.STREAM | SocketType.NONBLOCK | SocketType.CLOEXEC;
    int fd = ErrnoException.check(sockets.socket(family, type, 0), "cannot make a socket");
    SocketFreeze.allowReuse(sockets, fd);
    sockets.setsockopt(fd, SocketLevel.TCP, SocketOption.TCP_NODELAY, 1);
    // As the source's sockets have it: RFC 6093 section 6.
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_OOBINLINE, 1);
    return fd;
  }

  /**
   * Gives an open socket in repair mode everything a record has, but for what was never sent.
   *
   * @param fd from {@link #open}
   * @param local what it is bound to
   * @param peer the other end
   * @param scopeId the interface's index, for link-local addresses
   * @throws ErrnoException EADDRNOTAVAIL where the address isn't ours or the connection exists
   *     already, ECONNRESET for one that was already gone, ENOBUFS for queues that the system's
   *     limits forbid, EINVAL for numbers that can't be together
   */
  public void restore(
      int fd, Endpoint local, Endpoint peer, int scopeId, SocketRecord.Dumped socket)
      throws ErrnoException {
    SocketFields fields = socket.fields();
    if (socket.state() == TcpState.CLOSE) {
      throw new ErrnoException(Errno.ECONNRESET, "the connection was gone before");
    }
    address(local, scopeId);
    ErrnoException.check(sockets.bind(fd, address), "cannot bind to " + local);
    if (has(fields, TcpInfo.OPTION_TIMESTAMPS)) {
      set(fd, SocketOption.TCP_TIMESTAMP, fields.timestamp());
    }
    RepairQueue.SEND.select(sockets, fd);
    set(fd, SocketOption.TCP_QUEUE_SEQ, fields.firstToSend());
    RepairQueue.RECEIVE.select(sockets, fd);
    set(fd, SocketOption.TCP_QUEUE_SEQ, fields.seqRcv());
    // Connecting settles the size of our segments (tcp_connect_init), by this or 536 bytes, and
    // nothing settles it again: TCP_REPAIR_OPTIONS sets only the limit.
    int maxseg = Math.min(fields.mss(), MAX_MAXSEG);
    sockets.setsockopt(fd, SocketLevel.TCP, SocketOption.TCP_MAXSEG, maxseg);
    address(peer, scopeId);
    ErrnoException.check(sockets.connect(fd, address), "cannot connect " + local + " to " + peer);
    setOptions(fd, fields);
    filler.fill(fd, socket.receiveQueue(), QueueFiller.Buffer.RECEIVE);
    RepairQueue.SEND.select(sockets, fd);
    filler.fill(fd, socket.sentPart(), QueueFiller.Buffer.SEND);
    if (socket.state() == TcpState.FIN_WAIT2) {
      // With the send queue chosen the FIN counts as sent, but isn't; when its timer sends it, the
      // peer answers that it has it, and the state is FIN_WAIT2 again.
      shutdown(fd);
    }
    WindowOption.set(sockets, fd, fields.window(), window);
  }

  /**
   * Makes the send buffer as large as it was, as far as the system lets it (net.core.wmem_max): the
   * kernel's own tuning, which goes on from there, follows how much the peer's path can hold, and
   * would take its time. A new socket's is left alone where it is as large anyway.
   *
   * @param bytes what SO_SNDBUF told
   */
  public void growSendBuffer(int fd, long bytes) {
    // Where the lock can't be taken off again, before Linux 5.16, there would be no more tuning.
    if (bytes > NEW_SEND_BUFFER && setSocket(fd, SocketOption.SO_BUF_LOCK, 0) >= 0) {
      // The kernel doubles the number (sock_setsockopt).
      setSocket(fd, SocketOption.SO_SNDBUF, (int) Math.min(bytes / 2, SocketFields.MAX_QUEUE));
      setSocket(fd, SocketOption.SO_BUF_LOCK, 0);
    }
  }

  private int setSocket(int fd, int option, int value) {
    return sockets.setsockopt(fd, SocketLevel.SOCKET, option, value);
  }

  /**
   * Sends what was never sent, after repair mode was left, and then the FIN if there was one. The
   * socket may take less than all: then the rest, and the FIN, are the caller's to send.
   *
   * @param unsent the socket's {@link SocketRecord.Dumped#unsentPart}
   * @param state what state it was in
   * @return how many bytes were sent
   * @throws ErrnoException if the socket has failed
   */
  public int resume(int fd, MemorySegment unsent, TcpState state) throws ErrnoException {
    SocketFreeze.allowReuse(sockets, fd);
    int sent = send(fd, unsent, 0);
    if (sent < unsent.byteSize()) {
      int queued = ErrnoException.check(sockets.ioctl(fd, Ioctl.SIOCOUTQ), "cannot ask a queue");
      filler.makeRoom(fd, queued + unsent.byteSize() - sent);
      sent = send(fd, unsent, sent);
    }
    if (sent < unsent.byteSize()) {
      return sent;
    }
    if (state.finPending()) {
      shutdown(fd);
    }
    return sent;
  }

  /** Sends bytes from a position on, as far as there is room; answers how far. */
  private int send(int fd, MemorySegment bytes, int from) throws ErrnoException {
    int sent = from;
    while (sent < bytes.byteSize()) {
      int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
      int count = sockets.send(fd, bytes, sent, bytes.byteSize() - sent, flags);
      if (count == -Errno.EAGAIN) {
        return sent;
      }
      sent += ErrnoException.check(count, "cannot send what was waiting");
    }
    return sent;
  }

  private void setOptions(int fd, SocketFields fields) throws ErrnoException {
    // The scales are set even if there are none: connecting has chosen one for us already
    // (tcp_connect_init), and there was no handshake that would have taken it back.
    int length = option(0, OPTION_WINDOW, fields.sndWs() | fields.rcvWs() << 16);
    length = option(length, OPTION_MSS, fields.mss());
    if (has(fields, TcpInfo.OPTION_SACK)) {
      length = option(length, OPTION_SACK_PERMITTED, 0);
    }
    if (has(fields, TcpInfo.OPTION_TIMESTAMPS)) {
      length = option(length, OPTION_TIMESTAMP, 0);
    }
    ErrnoException.check(
        sockets.setsockopt(
            fd, SocketLevel.TCP, SocketOption.TCP_REPAIR_OPTIONS, options, 0, length),
        "cannot set a socket's TCP options");
  }

  private int option(int at, int code, int value) {
    options.set(JAVA_INT, at, code);
    options.set(JAVA_INT, at + Integer.BYTES, value);
    return at + PAIR;
  }

  private void set(int fd, int option, int value) throws ErrnoException {
    ErrnoException.check(
        sockets.setsockopt(fd, SocketLevel.TCP, option, value),
        "cannot set a socket's option " + option);
  }

  private void shutdown(int fd) throws ErrnoException {
    ErrnoException.check(sockets.shutdown(fd, Shutdown.WR), "cannot close a socket's sending side");
  }

  private void address(Endpoint endpoint, int scopeId) {
    IpAddress ip = endpoint.address();
    address.set(ip.hi(), ip.lo(), endpoint.port(), ip.isLinkLocal() ? scopeId : 0);
  }

  private static boolean has(SocketFields fields, int option) {
    return (fields.options() & option) != 0;
  }
}
