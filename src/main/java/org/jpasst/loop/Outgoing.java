package org.jpasst.loop;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;

/** Bytes on their way out by a stream socket that doesn't block and takes some at a time. */
public final class Outgoing {
  private static final byte[] NOTHING = {};

  private final Sockets sockets;
  private final int fd;
  private byte[] bytes = NOTHING;
  private int sent;

  /** None as yet, by a socket that stays its owner's. */
  public Outgoing(Sockets sockets, int fd) {
    this.sockets = sockets;
    this.fd = fd;
  }

  /** Whether some are left to be sent. */
  public boolean isPending() {
    return sent < bytes.length;
  }

  /**
   * Begins to send others, none being left.
   *
   * @return false if that failed for good
   */
  public boolean send(byte[] next) {
    bytes = next;
    sent = 0;
    return goOn();
  }

  /**
   * Sends what the socket takes now.
   *
   * @return false if that failed for good
   */
  public boolean goOn() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom(JAVA_BYTE, bytes);
      int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
      int result = sockets.send(fd, memory, sent, bytes.length - sent, flags);
      if (result < 0) {
        return result == -Errno.EAGAIN || result == -Errno.EINTR;
      }
      sent += result;
    }
    if (!isPending()) {
      bytes = NOTHING;
      sent = 0;
    }
    return true;
  }
}
