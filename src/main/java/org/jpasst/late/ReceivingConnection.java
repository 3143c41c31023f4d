package org.jpasst.late;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Shutdown;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.Connection;
import org.jpasst.wire.NetworkOrder;

/**
 * The target's end. What comes before it is accepted waits here, as much as there is room for; the
 * rest waits at the source. Whatever makes no sense ends the connection.
 */
final class ReceivingConnection implements Connection {
  /** As much as waits at the source. */
  static final int ROOM = SendingConnection.ROOM;

  /** In one turn. */
  private static final int MAX_CALLS = 16;

  private static final int PIECE = 1 << 18;

  /** Whose end it is. */
  interface Owner {
    /** Who sends is known now. */
    void onGreeting();

    /** A frame, as it went over a wire; false if none may come any more. */
    boolean onFrame(MemorySegment frame, long at, int length);

    /** What the network had under way is here. */
    void onCaughtUp();

    /** The connection has ended. */
    void onEnd();
  }

  private final Sockets sockets;
  private final int fd;
  private final Owner owner;
  private final MemorySegment buffer;
  private final MemorySegment answer = Arena.ofAuto().allocate(1);
  private int from;
  private int to;
  private Optional<Token> token = Optional.empty();
  private boolean accepted;
  private boolean open = true;
  private boolean over;

  /**
   * Waits for a greeting.
   *
   * @param fd a connection that doesn't block; becomes this one's
   * @param buffer of {@link #ROOM} bytes
   */
  ReceivingConnection(Sockets sockets, int fd, MemorySegment buffer, Owner owner) {
    this.sockets = sockets;
    this.fd = fd;
    this.buffer = buffer;
    this.owner = owner;
  }

  /** Who sends, once that is known. */
  Optional<Token> token() {
    return token;
  }

  /**
   * Its frames are wanted: those that are here already, even if nothing follows, and all others.
   */
  void accept() {
    accepted = true;
    over = !takeFrames();
  }

  /** Its frames aren't wanted: the connection is over at the next turn. */
  void refuse() {
    over = true;
    if (open) {
      sockets.shutdown(fd, Shutdown.RDWR);
    }
  }

  /** Tells the source something. If it is gone, nobody needs to know. */
  void say(byte what) {
    if (open) {
      answer.set(JAVA_BYTE, 0, what);
      sockets.send(fd, answer, 0, 1, MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL);
    }
  }

  @Override
  public int interest() {
    return EpollFlag.IN;
  }

  @Override
  public boolean advance() {
    for (int i = 0; i < MAX_CALLS && !over; i++) {
      int room = Math.min(PIECE, ROOM - to);
      int result = sockets.recv(fd, buffer, to, room, MessageFlag.DONTWAIT);
      if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
        return true;
      }
      if (result <= 0) {
        return false;
      }
      to += result;
      over = !take();
    }
    return !over;
  }

  /** False if what came makes no sense, or is too much before anybody wants it. */
  private boolean take() {
    if (token.isEmpty() && to - from >= LateProtocol.GREETING) {
      if (!takeGreeting()) {
        return false;
      }
      owner.onGreeting();
    }
    return accepted ? takeFrames() : to < ROOM;
  }

  private boolean takeGreeting() {
    boolean known =
        NetworkOrder.get32(buffer, 0) == LateProtocol.MAGIC
            && NetworkOrder.get32(buffer, Integer.BYTES) == LateProtocol.VERSION;
    long hi = NetworkOrder.get64(buffer, 2 * Integer.BYTES);
    long lo = NetworkOrder.get64(buffer, 2 * Integer.BYTES + Long.BYTES);
    token = Optional.of(new Token(hi, lo));
    from = LateProtocol.GREETING;
    return known;
  }

  /** Takes all that is complete; false if that is all there is to come, or it makes no sense. */
  private boolean takeFrames() {
    boolean more = true;
    while (more && to - from >= LateProtocol.LENGTH) {
      int length = NetworkOrder.get16(buffer, from);
      int body = length < LateProtocol.MIN_FRAME ? 0 : length;
      if (length > LateProtocol.MAX_FRAME || to - from < LateProtocol.LENGTH + body) {
        more = length <= LateProtocol.MAX_FRAME;
        break;
      }
      more = takeOne(length, from + LateProtocol.LENGTH);
      from += LateProtocol.LENGTH + body;
    }
    if (ROOM - to < PIECE) {
      MemorySegment.copy(buffer, from, buffer, 0, to - from);
      to -= from;
      from = 0;
    }
    return more;
  }

  private boolean takeOne(int length, int at) {
    if (length >= LateProtocol.MIN_FRAME) {
      return owner.onFrame(buffer, at, length);
    }
    if (length == LateProtocol.CAUGHT_UP) {
      owner.onCaughtUp();
      return true;
    }
    return false; // the end, or nothing that this version knows
  }

  @Override
  public void close() {
    open = false;
    sockets.close(fd);
    owner.onEnd();
  }
}
