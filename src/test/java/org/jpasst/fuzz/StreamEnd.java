package org.jpasst.fuzz;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketPair;
import org.jpasst.wire.NetworkOrder;

/**
 * The guest's end of a stream socket: frames behind their lengths (QEMU's {@code -netdev stream}).
 */
final class StreamEnd implements GuestEnd {
  private static final int LENGTH = Integer.BYTES;
  private static final int BUFFER = 1 << 20;

  /** So much a turn that the socket takes it in one go. */
  private static final int FULL = 1 << 16;

  private final FuzzedStack stack;
  private final MemorySegment out = Arena.global().allocate(BUFFER, 8);
  private final MemorySegment in = Arena.global().allocate(BUFFER, 8);
  private int fd = -1;
  private int filled;
  private int left;

  StreamEnd(FuzzedStack stack) {
    this.stack = stack;
  }

  /** Connects. */
  void open() {
    SocketPair pair = SocketPair.create();
    int result = stack.link.attach(pair.ours());
    if (result < 0) {
      throw new AssertionError("a guest can't be attached: " + result);
    }
    fd = pair.theirs();
    filled = 0;
    left = 0;
    stack.turn();
  }

  @Override
  public void send(MemorySegment s, long at, int length, boolean offload, int segmentSize) {
    if (filled + LENGTH + length > FULL && filled > 0) {
      flush();
    }
    NetworkOrder.put32(out, filled, length);
    MemorySegment.copy(s, at, out, filled + LENGTH, length);
    filled += LENGTH + length;
  }

  /** Sends bytes that needn't be a frame. */
  void sendBytes(byte[] bytes) {
    flush();
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, out, filled, bytes.length);
    filled += bytes.length;
    flush();
  }

  @Override
  public void flush() {
    int sent = 0;
    for (int trial = 0; sent < filled && trial < 100; trial++) {
      int result =
          stack.sockets.send(
              fd, out, sent, filled - sent, MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL);
      sent += Math.max(0, result);
      if (sent < filled) {
        stack.turn();
      }
    }
    filled = 0;
  }

  @Override
  public void receive(Listener listener) {
    int got = stack.sockets.recv(fd, in, left, BUFFER - left, MessageFlag.DONTWAIT);
    while (got > 0) {
      left += got;
      show(listener);
      got = stack.sockets.recv(fd, in, left, BUFFER - left, MessageFlag.DONTWAIT);
    }
  }

  private void show(Listener listener) {
    int at = 0;
    while (left - at >= LENGTH) {
      int length = NetworkOrder.get32(in, at);
      if (length < 0 || length > Packets.MOST) {
        throw new AssertionError("the guest was sent a frame of " + length + " bytes");
      }
      if (left - at - LENGTH < length) {
        break;
      }
      listener.onFrame(in, at + LENGTH, length, false);
      at += LENGTH + length;
    }
    MemorySegment.copy(in, at, in, 0, left - at);
    left -= at;
  }

  @Override
  public boolean offloads() {
    return false;
  }

  boolean isOpen() {
    return fd >= 0;
  }

  void close() {
    if (fd >= 0) {
      stack.sockets.close(fd);
      fd = -1;
    }
  }
}
