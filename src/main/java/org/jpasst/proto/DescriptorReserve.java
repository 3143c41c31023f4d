package org.jpasst.proto;

import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;

/**
 * Keeps the process's last descriptors from flows and forwarded ports: for a guest that connects
 * again, operators, a migration, and the Java runtime. New flows are refused then, until others
 * end.
 *
 * <p>A new descriptor has the lowest number that is free (open(2)), so one near the limit tells
 * that nearly all are in use, whoever uses them; nothing need be counted.
 */
public final class DescriptorReserve {
  /**
   * Kept back. A guest, an operator, pesto, a repair helper and a migration take some ten, and as
   * many are open for a moment when the runtime loads a class or reads a file.
   */
  static final int RESERVED = 32;

  private static final String CAUSE = "descriptors";
  private static final String ATTEMPTS = "attempts";

  private final int limit;
  private final Log log;

  /**
   * The reserve of a process.
   *
   * @param limit how many descriptors the process may have (RLIMIT_NOFILE, getrlimit(2))
   * @param log is told when flows are refused
   */
  public DescriptorReserve(int limit, Log log) {
    this.limit = limit;
    this.log = log;
  }

  /** Refuses nothing. */
  public static DescriptorReserve none() {
    return new DescriptorReserve(Integer.MAX_VALUE, Log.none());
  }

  /**
   * Lets a flow have a new descriptor, or closes it.
   *
   * @param fd the descriptor or the negated error number
   * @return the same, or -EMFILE
   */
  public int admit(Sockets sockets, int fd) {
    return isSpent(fd) ? refuse(sockets, fd) : fd;
  }

  /**
   * The same for a forwarded port; whoever asked for it is told.
   *
   * @param fd the descriptor or the negated error number
   * @return the same, or -EMFILE
   */
  public int admitPort(Sockets sockets, int fd) {
    return isReserved(fd) ? refuse(sockets, fd) : fd;
  }

  private static int refuse(Sockets sockets, int fd) {
    if (fd < 0) {
      return fd;
    }
    sockets.close(fd);
    return -Errno.EMFILE;
  }

  private boolean isReserved(int fd) {
    return fd >= limit - RESERVED;
  }

  /**
   * Whether a flow can't have a new descriptor, because it is one of the last or there was none.
   * That is told then.
   *
   * @param fd the descriptor or the negated error number
   */
  public boolean isSpent(int fd) {
    boolean spent = isReserved(fd) || fd == -Errno.EMFILE || fd == -Errno.ENFILE;
    if (spent && log.allows(LogLevel.WARNING, CAUSE)) {
      log.limited(
          LogLevel.WARNING,
          CAUSE,
          fd == -Errno.ENFILE
              ? "the system is out of file descriptors (fs.file-max): new flows are refused until"
                  + " others end"
              : "out of file descriptors, "
                  + limit
                  + " are allowed: new flows are refused until others end; raise the limit (ulimit"
                  + " -n, LimitNOFILE=)");
    }
    return spent;
  }

  /**
   * Whether the guest may begin another connection, of those that nobody has confirmed yet: of all
   * descriptors they have half, so that a guest that begins connections and doesn't care what
   * becomes of them keeps some for those that it has.
   *
   * @param underWay how many there are
   */
  public boolean admitsAttempt(int underWay) {
    boolean admitted = underWay < (limit - RESERVED) / 2;
    if (!admitted && log.allows(LogLevel.WARNING, ATTEMPTS)) {
      log.limited(
          LogLevel.WARNING,
          ATTEMPTS,
          "the guest has begun "
              + underWay
              + " TCP connections that aren't open yet: more have to wait until some are, or fail");
    }
    return admitted;
  }

  /** How many descriptors are left for forwarded ports. */
  public int left(Sockets sockets) {
    int next = sockets.socket(AddressFamily.UNIX, SocketType.STREAM | SocketType.CLOEXEC, 0);
    if (next < 0) {
      return 0;
    }
    sockets.close(next);
    return Math.max(0, limit - RESERVED - next);
  }

  /** A part of what all flows together may have, at least one. */
  public int share(int parts) {
    return Math.max(1, (limit - RESERVED) / parts);
  }

  /** How many descriptors the process may have. */
  public int limit() {
    return limit;
  }
}
