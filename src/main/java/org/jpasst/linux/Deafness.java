package org.jpasst.linux;

/**
 * Makes TCP sockets deaf, connected or listening ones: they neither see nor acknowledge nor answer
 * what comes, so that their peers send it again. There are several ways, and the strongest that the
 * kernel lets us take is taken. Belongs to one thread.
 */
public final class Deafness {
  /** A way to make a socket deaf, the strongest first. */
  public enum Way {
    /** A filter that drops everything, which takes CAP_NET_ADMIN on kernels of today. */
    FILTER,
    /** A signature is demanded that nobody can give, RFC 2385. */
    SIGNATURE,
    /** A hop limit is demanded that only neighbours can give, and hardly any do, RFC 5082. */
    HOP_LIMIT,
    /** None: the socket hears. */
    NONE;

    /** Whether really nothing is heard. */
    public boolean isCertain() {
      return this == FILTER || this == SIGNATURE;
    }
  }

  private Way strongest;
  private final SocketFilter filter = new SocketFilter();
  private final SignatureDemand signature = new SignatureDemand();
  private final HopLimitDemand hopLimit = new HopLimitDemand();

  /** By all ways. */
  public Deafness() {
    this(Way.FILTER);
  }

  /**
   * By some ways, as on a kernel that refuses the others.
   *
   * @param strongest the first that is tried
   */
  public Deafness(Way strongest) {
    this.strongest = strongest;
  }

  /**
   * Makes a socket deaf.
   *
   * @param fd stays the caller's
   * @return how that was done
   */
  public Way begin(Sockets sockets, int fd) {
    if (strongest == Way.FILTER) {
      int attached = filter.attach(sockets, fd);
      if (attached >= 0) {
        return Way.FILTER;
      }
      if (attached == -Errno.EPERM) {
        strongest = Way.SIGNATURE; // a capability that is missing doesn't come back
      }
    }
    if (strongest.compareTo(Way.SIGNATURE) <= 0 && signature.attach(sockets, fd) >= 0) {
      return Way.SIGNATURE;
    }
    if (strongest.compareTo(Way.HOP_LIMIT) <= 0 && hopLimit.attach(sockets, fd) >= 0) {
      return Way.HOP_LIMIT;
    }
    return Way.NONE;
  }

  /** Whether a socket is deaf by a filter, which somebody else may have attached. */
  public boolean isFiltered(Sockets sockets, int fd) {
    return filter.isAttached(sockets, fd);
  }

  /** Makes a socket hear again, in whatever way it was deaf; one that wasn't doesn't mind. */
  public void end(Sockets sockets, int fd) {
    filter.detach(sockets, fd);
    signature.detach(sockets, fd);
    hopLimit.detach(sockets, fd);
  }
}
