package org.jpasst.migrate.repair;

import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;

/**
 * Repair mode switched by this process, which needs CAP_NET_ADMIN in the user namespace that owns
 * the sockets' network namespace (tcp_can_repair_sock).
 */
public final class DirectRepair implements RepairMode {
  private final Sockets sockets;

  /** Uses the given calls. */
  public DirectRepair(Sockets sockets) {
    this.sockets = sockets;
  }

  /** Whether this process may do it, tried out on a socket of its own network namespace. */
  public static boolean isPermitted(Sockets sockets) {
    int fd = sockets.socket(AddressFamily.INET, SocketType.STREAM | SocketType.CLOEXEC, 0);
    if (fd < 0) {
      return false;
    }
    int result = set(sockets, fd, RepairCommand.ON);
    sockets.close(fd);
    return result >= 0;
  }

  @Override
  public void set(int[] fds, RepairCommand command) throws ErrnoException {
    for (int fd : fds) {
      ErrnoException.check(set(sockets, fd, command), "cannot switch a socket's repair mode");
    }
  }

  static int set(Sockets sockets, int fd, RepairCommand command) {
    return sockets.setsockopt(fd, SocketLevel.TCP, SocketOption.TCP_REPAIR, command.value());
  }
}
