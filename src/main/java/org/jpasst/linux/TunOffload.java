package org.jpasst.linux;

/**
 * What the kernel may leave undone in the frames that it sends to a TAP device, linux/if_tun.h: the
 * argument of {@link Ioctl#TUNSETOFFLOAD}. Each of the others needs {@link #CSUM}.
 */
public final class TunOffload {
  /** Transport checksums. */
  public static final int CSUM = 0x1;

  /** To cut up TCP over IPv4. */
  public static final int TSO4 = 0x2;

  /** To cut up TCP over IPv6. */
  public static final int TSO6 = 0x4;

  /** To cut up UDP over IPv4; since Linux 6.2, and only together with {@link #USO6}. */
  public static final int USO4 = 0x20;

  /** To cut up UDP over IPv6. */
  public static final int USO6 = 0x40;

  private TunOffload() {}
}
