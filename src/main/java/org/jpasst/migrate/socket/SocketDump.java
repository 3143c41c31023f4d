package org.jpasst.migrate.socket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.Ioctl;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.TcpInfo;
import org.jpasst.migrate.stream.RepairWindow;
import org.jpasst.migrate.stream.SocketFields;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.TcpState;

/**
 * Reads all of a frozen TCP socket's state, changing nothing that matters: a thawed socket goes on
 * as if it hadn't been read. Belongs to one thread.
 */
public final class SocketDump {
  /** Attempts to find a socket that doesn't change meanwhile. */
  private static final int ATTEMPTS = 4;

  /**
   * Room for what lies before the send queue's first byte: where the peer has acknowledged a part
   * of a packet, tcp_peek_sndq() gives the packet whole. No packet is longer.
   */
  private static final int PARTLY_ACKNOWLEDGED = 1 << 16;

  private static final MemorySegment NOTHING = MemorySegment.NULL.asReadOnly();

  private final Sockets sockets;
  private final TcpInfo info = new TcpInfo();
  private final MemorySegment window = Arena.global().allocate(WindowOption.SIZE, 4);

  /** Dumps by the given calls. */
  public SocketDump(Sockets sockets) {
    this.sockets = sockets;
  }

  /**
   * Dumps a socket that is in repair mode and deaf, see {@link SocketFreeze}. It stays so: no new
   * data is sent for it, though what was sent may be sent again.
   *
   * <p>LAST_ACK and CLOSING come out as FIN_WAIT1: that the peer's FIN has come is for the flow's
   * record to tell; see {@link #isFinReceived}.
   *
   * @param fd stays the caller's
   * @param allocator the queues are allocated from it, with somewhat more than their size
   * @throws ErrnoException if it can't be dumped: EMSGSIZE for a queue that no stream can carry,
   *     ECONNRESET for a connection that is gone, EBUSY if it goes on changing
   */
  public SocketRecord.Dumped dump(int fd, SegmentAllocator allocator) throws ErrnoException {
    for (int i = 0; i < ATTEMPTS; i++) {
      Optional<SocketRecord.Dumped> dumped = attempt(fd, allocator);
      if (dumped.isPresent()) {
        return dumped.get();
      }
    }
    throw new ErrnoException(Errno.EBUSY, "a frozen socket goes on receiving");
  }

  /** Whether the peer of a socket has sent its FIN, read or not. */
  public boolean isFinReceived(int fd) throws ErrnoException {
    ErrnoException.check(info.read(sockets, fd), "cannot ask for a socket's state");
    return TcpState.of(info.state()).filter(TcpState::finReceived).isPresent();
  }

  /**
   * Whether a socket has received anything since it was dumped, which one that is deaf for certain
   * never has. It has, as far as this tells, if it is gone.
   */
  public boolean hasChanged(int fd, SocketRecord.Dumped dumped) {
    try {
      RepairQueue.RECEIVE.select(sockets, fd);
      int end = RepairQueue.end(sockets, fd);
      RepairQueue.SEND.select(sockets, fd);
      return end != dumped.fields().seqRcv() + dumped.fields().rcvq();
    } catch (ErrnoException e) {
      return true;
    }
  }

  /** A dump, or nothing where the socket has changed meanwhile. */
  private Optional<SocketRecord.Dumped> attempt(int fd, SegmentAllocator allocator)
      throws ErrnoException {
    ErrnoException.check(info.read(sockets, fd), "cannot ask for a socket's state");
    TcpState state = TcpState.of(info.state()).orElse(TcpState.CLOSE);
    if (state == TcpState.CLOSE) {
      throw new ErrnoException(Errno.ECONNRESET, "a connection is gone");
    }
    int mss = RepairQueue.get(sockets, fd, SocketLevel.TCP, SocketOption.TCP_MAXSEG);
    boolean timestamps = (info.options() & TcpInfo.OPTION_TIMESTAMPS) != 0;
    int timestamp =
        timestamps ? RepairQueue.get(sockets, fd, SocketLevel.TCP, SocketOption.TCP_TIMESTAMP) : 0;
    RepairWindow repairWindow = WindowOption.get(sockets, fd, window);

    // The send queue comes last and stays chosen: with another one, or none, the kernel goes on
    // sending what is in it (tcp_write_xmit), and bytes told here as not sent would be acknowledged
    // by a peer that the target believes never to have got them.
    RepairQueue.RECEIVE.select(sockets, fd);
    // tcp_inq() leaves a FIN out, so these are all bytes there are; the end is behind the FIN.
    int rcvq = length(sockets.ioctl(fd, Ioctl.SIOCINQ));
    Optional<MemorySegment> received = receiveQueue(fd, rcvq, allocator);
    int receiveEnd = RepairQueue.end(sockets, fd);

    RepairQueue.SEND.select(sockets, fd);
    int unacknowledged = length(sockets.ioctl(fd, Ioctl.SIOCOUTQ));
    int unsent = length(sockets.ioctl(fd, Ioctl.SIOCOUTQNSD));
    int sendEnd = RepairQueue.end(sockets, fd);
    // Those are differences of sequence numbers, in which a FIN of ours counts one.
    int fin = state.finPending() ? 1 : 0;
    int sndq = Math.max(0, unacknowledged - fin);
    Optional<MemorySegment> sending = sendQueue(fd, sndq, allocator);
    if (received.isEmpty() || sending.isEmpty() || !isUnchanged(fd, state, rcvq, unacknowledged)) {
      return Optional.empty();
    }

    var fields =
        new SocketFields(
            sendEnd - sndq - (state.finSent() ? 1 : 0),
            receiveEnd - rcvq,
            sndq,
            Math.max(0, unsent - fin),
            rcvq,
            mss,
            timestamp,
            repairWindow,
            info.sendWindowScale(),
            info.receiveWindowScale(),
            written(state).code(),
            info.options() | SocketFields.EXACT_SEQ_SND);
    return Optional.of(new SocketRecord.Dumped(fields, sending.get(), received.get()));
  }

  /**
   * A packet that another processor had past the check before the socket was deaf may still have
   * come in while the queues were read.
   */
  private boolean isUnchanged(int fd, TcpState state, int rcvq, int unacknowledged)
      throws ErrnoException {
    ErrnoException.check(info.read(sockets, fd), "cannot ask for a socket's state");
    return info.state() == state.code()
        && length(sockets.ioctl(fd, Ioctl.SIOCINQ)) == rcvq
        && length(sockets.ioctl(fd, Ioctl.SIOCOUTQ)) == unacknowledged;
  }

  /**
   * What the record says for a state. A socket that waits only for the acknowledgement of its FIN
   * is restored as one that sends it, with a receive sequence behind the peer's; passt, too, does
   * so for this state, but for no other.
   */
  private static TcpState written(TcpState state) {
    return state.finPending() ? TcpState.FIN_WAIT1 : state;
  }

  /**
   * Reads the receive queue whole; nothing if it is shorter. A look ends in front of the peer's
   * urgent byte, in line as it is (SO_OOBINLINE), and the next begins with it: so they go on from
   * the one's end to the next by the peek offset, which each moves forward.
   */
  private Optional<MemorySegment> receiveQueue(int fd, int length, SegmentAllocator allocator)
      throws ErrnoException {
    if (length == 0) {
      return Optional.of(NOTHING);
    }
    MemorySegment memory = allocator.allocate(length);
    long offset = sockets.getsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_PEEK_OFF);
    int count;
    if (offset < 0) {
      count = peek(fd, memory, 0); // TCP doesn't know it, before Linux 6.9
    } else {
      setPeekOffset(fd, 0); // or the queue would be read from where it is
      try {
        count = peekOnAndOn(fd, memory);
      } finally {
        setPeekOffset(fd, (int) offset);
      }
    }
    return count < length ? Optional.empty() : Optional.of(memory.asReadOnly());
  }

  private int peekOnAndOn(int fd, MemorySegment memory) throws ErrnoException {
    int at = 0;
    for (int count = -1; at < memory.byteSize() && count != 0; at += count) {
      count = peek(fd, memory, at);
    }
    return at;
  }

  /** Reads the send queue whole, which knows no peek offset; nothing if it is shorter. */
  private Optional<MemorySegment> sendQueue(int fd, int length, SegmentAllocator allocator)
      throws ErrnoException {
    if (length == 0) {
      return Optional.of(NOTHING);
    }
    MemorySegment memory = allocator.allocate((long) length + PARTLY_ACKNOWLEDGED);
    int count = peek(fd, memory, 0);
    return count < length
        ? Optional.empty()
        : Optional.of(memory.asSlice(count - length, length).asReadOnly());
  }

  /** Reads bytes of the queue chosen to memory from an offset on; answers how many. */
  private int peek(int fd, MemorySegment memory, long at) throws ErrnoException {
    int flags = MessageFlag.PEEK | MessageFlag.DONTWAIT;
    int count = sockets.recv(fd, memory, at, memory.byteSize() - at, flags);
    return count == -Errno.EAGAIN ? 0 : ErrnoException.check(count, "cannot read a socket's queue");
  }

  private void setPeekOffset(int fd, int offset) throws ErrnoException {
    ErrnoException.check(
        sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_PEEK_OFF, offset),
        "cannot set a socket's peek offset");
  }

  private static int length(int result) throws ErrnoException {
    int length = ErrnoException.check(result, "cannot ask for the length of a socket's queue");
    if (length > SocketFields.MAX_QUEUE) {
      throw new ErrnoException(Errno.EMSGSIZE, "a queue of " + length + " bytes");
    }
    return length;
  }
}
