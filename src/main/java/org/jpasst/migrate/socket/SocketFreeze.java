package org.jpasst.migrate.socket;

import org.jpasst.linux.Deafness;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.migrate.repair.RepairCommand;
import org.jpasst.migrate.repair.RepairMode;

/**
 * Freezes connected TCP sockets in two steps, and thaws them. First they are made deaf: a socket in
 * repair mode still acknowledges and queues what its peer sends, and what came after the dump would
 * be lost. Then repair mode. The peer keeps what isn't acknowledged and sends it again. Belongs to
 * one thread.
 */
public final class SocketFreeze {
  private final Sockets sockets;
  private final RepairMode repair;
  private final Deafness deafness;

  /**
   * Freezes by the given calls.
   *
   * @param deafness the ways that may be tried
   */
  public SocketFreeze(Sockets sockets, RepairMode repair, Deafness deafness) {
    this.sockets = sockets;
    this.repair = repair;
    this.deafness = deafness;
  }

  /**
   * Freezes all of them. Where that fails, all are thawed again.
   *
   * @param fds descriptors, which stay the caller's
   * @return the weakest way in which one of them was made deaf. Unless that {@linkplain
   *     Deafness.Way#isCertain is certain}, some may go on receiving
   * @throws ErrnoException what failed; a suppressed one tells that thawing failed, too
   */
  public Deafness.Way freeze(int[] fds) throws ErrnoException {
    try {
      Deafness.Way weakest = Deafness.Way.FILTER;
      for (int fd : fds) {
        weakest = weaker(weakest, deafness.begin(sockets, fd));
      }
      repair.set(fds, RepairCommand.ON);
      return weakest.isCertain() || !areFiltered(fds) ? weakest : Deafness.Way.FILTER;
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
   * Lets all of them go on where they are; sockets that aren't frozen don't mind. They hear first,
   * for the answer to the window probe that leaving repair mode sends is to be heard.
   *
   * @throws ErrnoException if repair mode can't be left: the sockets will never send again, and
   *     closing them tells the peers nothing
   */
  public void thaw(int[] fds) throws ErrnoException {
    for (int fd : fds) {
      deafness.end(sockets, fd);
    }
    repair.set(fds, RepairCommand.OFF);
    for (int fd : fds) {
      allowReuse(sockets, fd);
    }
  }

  /** Our own helper attaches a filter with repair mode. */
  private boolean areFiltered(int[] fds) {
    for (int fd : fds) {
      if (!deafness.isFiltered(sockets, fd)) {
        return false;
      }
    }
    return true;
  }

  private static Deafness.Way weaker(Deafness.Way one, Deafness.Way other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  /**
   * Leaving repair mode forbids the reuse of the address (do_tcp_setsockopt sets SK_NO_REUSE),
   * which would keep us from listening on the port again while the connection lasts.
   */
  static void allowReuse(Sockets sockets, int fd) {
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
  }
}
