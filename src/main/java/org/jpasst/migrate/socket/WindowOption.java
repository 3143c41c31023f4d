package org.jpasst.migrate.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.migrate.stream.RepairWindow;

/**
 * The socket option that is {@code struct tcp_repair_window} of linux/tcp.h: five numbers in the
 * machine's byte order.
 */
final class WindowOption {
  static final int SIZE = 20;

  private WindowOption() {}

  /**
   * What a socket in repair mode tells.
   *
   * @param memory {@link #SIZE} bytes to be overwritten
   */
  static RepairWindow get(Sockets sockets, int fd, MemorySegment memory) throws ErrnoException {
    ErrnoException.check(
        sockets.getsockopt(fd, SocketLevel.TCP, SocketOption.TCP_REPAIR_WINDOW, memory, 0, SIZE),
        "cannot ask for a socket's windows");
    return new RepairWindow(
        memory.getAtIndex(JAVA_INT, 0),
        memory.getAtIndex(JAVA_INT, 1),
        memory.getAtIndex(JAVA_INT, 2),
        memory.getAtIndex(JAVA_INT, 3),
        memory.getAtIndex(JAVA_INT, 4));
  }

  /** Gives them to a socket in repair mode; EINVAL for numbers that can't be together. */
  static void set(Sockets sockets, int fd, RepairWindow window, MemorySegment memory)
      throws ErrnoException {
    memory.setAtIndex(JAVA_INT, 0, window.sndWl1());
    memory.setAtIndex(JAVA_INT, 1, window.sndWnd());
    memory.setAtIndex(JAVA_INT, 2, window.maxWindow());
    memory.setAtIndex(JAVA_INT, 3, window.rcvWnd());
    memory.setAtIndex(JAVA_INT, 4, window.rcvWup());
    ErrnoException.check(
        sockets.setsockopt(fd, SocketLevel.TCP, SocketOption.TCP_REPAIR_WINDOW, memory, 0, SIZE),
        "cannot set a socket's windows");
  }
}
