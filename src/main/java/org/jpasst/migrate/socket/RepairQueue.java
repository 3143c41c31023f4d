package org.jpasst.migrate.socket;

import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;

/** Values of TCP_REPAIR_QUEUE, linux/tcp.h, and what is asked of the queue chosen. */
enum RepairQueue {
  RECEIVE(1),
  SEND(2);

  private final int value;

  RepairQueue(int value) {
    this.value = value;
  }

  /** Makes the calls that follow mean this queue. */
  void select(Sockets sockets, int fd) throws ErrnoException {
    ErrnoException.check(
        sockets.setsockopt(fd, SocketLevel.TCP, SocketOption.TCP_REPAIR_QUEUE, value),
        "cannot choose a socket's queue");
  }

  /** The sequence number of the end of the queue chosen. */
  static int end(Sockets sockets, int fd) throws ErrnoException {
    return get(sockets, fd, SocketLevel.TCP, SocketOption.TCP_QUEUE_SEQ);
  }

  /** An option whose value is 32 bits of anything: errors are told from values by being long. */
  static int get(Sockets sockets, int fd, int level, int option) throws ErrnoException {
    long value = sockets.getsockopt(fd, level, option);
    if (value < 0) {
      throw new ErrnoException((int) value, "cannot ask a socket for its option " + option);
    }
    return (int) value;
  }
}
