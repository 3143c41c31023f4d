package org.jpasst.late;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.ZeroPages;
import org.jpasst.loop.Connection;
import org.jpasst.wire.NetworkOrder;

/** The source's end: frames that wait for room in the socket, as many as fit here. */
final class SendingConnection implements Connection {
  /** Of what the socket has no room for: half a second of 50,000 small datagrams a second. */
  static final int ROOM = 1 << 22;

  /** For which there always is some. */
  private static final int MARKS = 64;

  private static final int ANSWERS = 64;

  /** Whose end it is. */
  interface Owner {
    /** The target has said something; false if it makes no sense, which ends the connection. */
    boolean onAnswer(byte answer);

    /** The connection has ended. */
    void onEnd();
  }

  private final Sockets sockets;
  private final int fd;
  private final Owner owner;
  private final MemorySegment buffer;
  private final MemorySegment answers = Arena.ofAuto().allocate(ANSWERS);
  private int from;
  private int to;

  /**
   * Greets the target.
   *
   * @param fd a connection that doesn't block; becomes this one's
   * @param buffer of {@link #ROOM} bytes
   */
  SendingConnection(Sockets sockets, int fd, MemorySegment buffer, Token token, Owner owner) {
    this.sockets = sockets;
    this.fd = fd;
    this.owner = owner;
    this.buffer = buffer;
    NetworkOrder.put32(buffer, 0, LateProtocol.MAGIC);
    NetworkOrder.put32(buffer, Integer.BYTES, LateProtocol.VERSION);
    NetworkOrder.put64(buffer, 2 * Integer.BYTES, token.hi());
    NetworkOrder.put64(buffer, 2 * Integer.BYTES + Long.BYTES, token.lo());
    to = LateProtocol.GREETING;
  }

  /** Memory for connections, one after the other. */
  static MemorySegment newBuffer() {
    return ZeroPages.map(ROOM);
  }

  /** Has a frame sent, which is copied; false if there is no room. */
  boolean add(MemorySegment frame, long at, int length) {
    if (!makeRoom(LateProtocol.LENGTH + length)) {
      return false;
    }
    mark(length);
    MemorySegment.copy(frame, at, buffer, to, length);
    to += length;
    return true;
  }

  /** Has a mark sent; for one there is always room. */
  void mark(int mark) {
    NetworkOrder.put16(buffer, to, mark);
    to += LateProtocol.LENGTH;
  }

  /** Room for so many bytes and a few marks. */
  private boolean makeRoom(int bytes) {
    int end = ROOM - MARKS - bytes;
    if (to > end && from > 0) {
      MemorySegment.copy(buffer, from, buffer, 0, to - from);
      to -= from;
      from = 0;
    }
    return to <= end;
  }

  /** Sends what the socket takes now; false if it is over. */
  boolean flush() {
    int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
    while (from < to) {
      int result = sockets.send(fd, buffer, from, to - from, flags);
      if (result < 0) {
        return result == -Errno.EAGAIN || result == -Errno.EINTR;
      }
      from += result;
    }
    from = 0;
    to = 0;
    return true;
  }

  @Override
  public int interest() {
    return from < to ? EpollFlag.IN | EpollFlag.OUT : EpollFlag.IN;
  }

  @Override
  public boolean advance() {
    return flush() && receive();
  }

  private boolean receive() {
    int received = sockets.recv(fd, answers, 0, ANSWERS, MessageFlag.DONTWAIT);
    if (received <= 0) {
      return received == -Errno.EAGAIN || received == -Errno.EINTR;
    }
    for (int i = 0; i < received; i++) {
      if (!owner.onAnswer(answers.get(JAVA_BYTE, i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    sockets.close(fd);
    owner.onEnd();
  }
}
