package org.jpasst.qmp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.loop.Connection;
import org.jpasst.loop.Outgoing;

/** One end of a transfer: frames in both directions, and a state that is sent piece by piece. */
final class TransferConnection implements Connection {
  private static final int BUFFER = 1 << 16;

  /** Calls in one turn: the guest stands still meanwhile, and whoever sends waits for room. */
  private static final int MAX_CALLS = 64;

  /** Of the socket; as much of it as the kernel grants saves as many changes of process. */
  private static final int SEND_BUFFER = 1 << 22;

  /** Whose end it is. */
  interface Owner {
    /** A frame has come; false if it isn't one that may come now, which ends the connection. */
    boolean onFrame(TransferFrame frame);

    /** The connection has ended. */
    void onEnd();
  }

  private final Sockets sockets;
  private final int fd;
  private final Owner owner;
  private final Outgoing outgoing;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER);
  private final TransferReader reader = new TransferReader();
  private final Deque<TransferFrame> waiting = new ArrayDeque<>();
  private Optional<HeldState> state = Optional.empty();

  /** A connection that doesn't block; becomes this one's. */
  TransferConnection(Sockets sockets, int fd, Owner owner) {
    this.sockets = sockets;
    this.fd = fd;
    this.owner = owner;
    outgoing = new Outgoing(sockets, fd);
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_SNDBUF, SEND_BUFFER);
  }

  /** Sends a frame behind those before, and the state. False if the connection is over. */
  boolean send(TransferFrame frame) {
    waiting.add(frame);
    return sendOn();
  }

  /** Sends a state, which becomes this one's, and its length. False if the connection is over. */
  boolean send(HeldState whole) {
    long size = whole.size();
    state = Optional.of(whole);
    return send(TransferFrame.of(TransferTag.DONE, size));
  }

  private boolean sendOn() {
    if (outgoing.isPending() && !outgoing.goOn()) {
      return false;
    }
    while (!outgoing.isPending()) {
      Optional<TransferFrame> next = nextFrame();
      if (next.isEmpty()) {
        return true;
      }
      if (!outgoing.send(next.get().bytes())) {
        return false;
      }
    }
    return true;
  }

  private Optional<TransferFrame> nextFrame() {
    if (state.isPresent() && state.get().left() > 0) {
      ByteBuffer piece = ByteBuffer.allocate(TransferFrame.MAX_LENGTH);
      state.get().read(piece);
      return Optional.of(new TransferFrame(TransferTag.STAT, piece.flip()));
    }
    return Optional.ofNullable(waiting.poll());
  }

  @Override
  public int interest() {
    return outgoing.isPending() ? EpollFlag.IN | EpollFlag.OUT : EpollFlag.IN;
  }

  @Override
  public boolean advance() {
    return sendOn() && receive();
  }

  private boolean receive() {
    for (int i = 0; i < MAX_CALLS; i++) {
      int length = Math.min(BUFFER, reader.room());
      int received = sockets.recv(fd, buffer, 0, length, MessageFlag.DONTWAIT);
      if (received == -Errno.EAGAIN || received == -Errno.EINTR) {
        return true;
      }
      if (received <= 0 || !take(received)) {
        return false;
      }
    }
    return true;
  }

  private boolean take(int received) {
    reader.add(buffer.asSlice(0, received).asByteBuffer());
    for (Optional<TransferFrame> next = reader.next(); next.isPresent(); next = reader.next()) {
      if (!owner.onFrame(next.get())) {
        return false;
      }
    }
    return !reader.isMalformed();
  }

  @Override
  public void close() {
    sockets.close(fd);
    state.ifPresent(HeldState::close);
    owner.onEnd();
  }
}
