package org.jpasst.migrate.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.migrate.stream.SocketFields;

/**
 * {@code struct tcp_repair_window}, linux/tcp.h: five numbers in the machine's byte order; windows
 * are bytes, unsigned.
 */
record RepairWindow(int sndWl1, int sndWnd, int maxWindow, int rcvWnd, int rcvWup) {
  static final int SIZE = 20;

  /**
   * What a socket in repair mode tells.
   *
   * @param memory {@link #SIZE} bytes to be overwritten
   */
  static RepairWindow of(Sockets sockets, int fd, MemorySegment memory) throws ErrnoException {
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

  static RepairWindow of(SocketFields fields) {
    return new RepairWindow(
        fields.sndWl1(), fields.sndWnd(), fields.maxWindow(), fields.rcvWnd(), fields.rcvWup());
  }

  /** Gives these to a socket in repair mode; EINVAL for numbers that can't be together. */
  void set(Sockets sockets, int fd, MemorySegment memory) throws ErrnoException {
    memory.setAtIndex(JAVA_INT, 0, sndWl1);
    memory.setAtIndex(JAVA_INT, 1, sndWnd);
    memory.setAtIndex(JAVA_INT, 2, maxWindow);
    memory.setAtIndex(JAVA_INT, 3, rcvWnd);
    memory.setAtIndex(JAVA_INT, 4, rcvWup);
    ErrnoException.check(
        sockets.setsockopt(fd, SocketLevel.TCP, SocketOption.TCP_REPAIR_WINDOW, memory, 0, SIZE),
        "cannot set a socket's windows");
  }
}
