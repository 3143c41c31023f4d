package org.jpasst.migrate.socket;

import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.SocketFilter;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.migrate.repair.RepairCommand;
import org.jpasst.migrate.repair.RepairMode;

/**
 * Freezes connected TCP sockets in two steps, and thaws them. First a filter that drops all that
 * comes: a socket in repair mode still acknowledges and queues what its peer sends, and what came
 * after the dump would be lost. Then repair mode. The peer keeps what isn't acknowledged and sends
 * it again. Belongs to one thread.
 */
public final class SocketFreeze {
  private final Sockets sockets;
  private final RepairMode repair;
  private final SocketFilter filter = new SocketFilter();

  /** Freezes by the given calls. */
  public SocketFreeze(Sockets sockets, RepairMode repair) {
    this.sockets = sockets;
    this.repair = repair;
  }

  /**
   * Freezes all of them. Where that fails, all are thawed again.
   *
   * @param fds descriptors, which stay the caller's
   * @throws ErrnoException what failed; a suppressed one tells that thawing failed, too
   */
  public void freeze(int[] fds) throws ErrnoException {
    try {
      for (int fd : fds) {
        ErrnoException.check(filter.attach(sockets, fd), "cannot filter a socket");
      }
      repair.set(fds, RepairCommand.ON);
    } catch (ErrnoException e) {
      try {
        thaw(fds);
      } catch (ErrnoException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /**
   * Lets all of them go on where they are; sockets that aren't frozen don't mind. The filter goes
   * first, for the answer to the window probe that leaving repair mode sends is to be heard.
   *
   * @throws ErrnoException if repair mode can't be left: the sockets will never send again, and
   *     closing them tells the peers nothing
   */
  public void thaw(int[] fds) throws ErrnoException {
    for (int fd : fds) {
      filter.detach(sockets, fd); // ENOENT where there was none
    }
    repair.set(fds, RepairCommand.OFF);
    for (int fd : fds) {
      allowReuse(sockets, fd);
    }
  }

  /**
   * Leaving repair mode forbids the reuse of the address (do_tcp_setsockopt sets SK_NO_REUSE),
   * which would keep us from listening on the port again while the connection lasts.
   */
  static void allowReuse(Sockets sockets, int fd) {
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
  }
}
