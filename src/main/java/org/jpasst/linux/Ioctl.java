package org.jpasst.linux;

/** Requests of ioctl(2) on sockets, linux/sockios.h and asm-generic/ioctls.h. */
public final class Ioctl {
  /** SIOCINQ (FIONREAD): bytes not yet read; for UDP the next datagram's length. */
  public static final int SIOCINQ = 0x541b;

  /** SIOCOUTQ (TIOCOUTQ): bytes not yet acknowledged by the peer. */
  public static final int SIOCOUTQ = 0x5411;

  /** SIOCOUTQNSD: bytes not yet sent. */
  public static final int SIOCOUTQNSD = 0x894b;

  /** FIONBIO. */
  public static final int FIONBIO = 0x5421;

  private Ioctl() {}
}
