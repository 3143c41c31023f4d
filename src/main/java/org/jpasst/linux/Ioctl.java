package org.jpasst.linux;

/**
 * Requests of ioctl(2) on sockets, linux/sockios.h and asm-generic/ioctls.h, and on TUN/TAP
 * devices, linux/if_tun.h.
 */
public final class Ioctl {
  /** SIOCINQ (FIONREAD): bytes not yet read; for UDP the next datagram's length. */
  public static final int SIOCINQ = 0x541b;

  /**
   * SIOCOUTQ (TIOCOUTQ): bytes not yet acknowledged by the peer; for a UNIX stream the memory of
   * what the other end hasn't read.
   */
  public static final int SIOCOUTQ = 0x5411;

  /** SIOCOUTQNSD: bytes not yet sent. */
  public static final int SIOCOUTQNSD = 0x894b;

  /** FIONBIO. */
  public static final int FIONBIO = 0x5421;

  /** TUNSETIFF: makes a descriptor of /dev/net/tun one of the interface in an ifreq. */
  public static final int TUNSETIFF = 0x400454ca;

  /** TUNGETIFF: fills an ifreq with the interface and the flags that a descriptor has. */
  public static final int TUNGETIFF = 0x800454d2;

  /** TUNSETOFFLOAD: what the kernel may leave undone in the frames it sends; takes a number. */
  public static final int TUNSETOFFLOAD = 0x400454d0;

  /** TUNGETFEATURES: the flags that a device may have, a number that is filled. */
  public static final int TUNGETFEATURES = 0x800454cf;

  /** TUNSETVNETHDRSZ: the length of the virtio-net header in front of frames; at an address. */
  public static final int TUNSETVNETHDRSZ = 0x400454d8;

  /** TUNSETVNETLE: whether that header is little-endian; at an address. */
  public static final int TUNSETVNETLE = 0x400454dc;

  /** TUNATTACHFILTER: a program of classic BPF for a TAP device, see {@link TapFilter}. */
  public static final int TUNATTACHFILTER = 0x401054d5;

  /** TUNDETACHFILTER: without it again. */
  public static final int TUNDETACHFILTER = 0x401054d6;

  /** TUNGETFILTER: the program attached last. */
  public static final int TUNGETFILTER = 0x801054db;

  /** TCGETS: a terminal's settings. */
  public static final int TCGETS = 0x5401;

  /** TCSETS: changes them at once. */
  public static final int TCSETS = 0x5402;

  /** TIOCGWINSZ: a terminal's size. */
  public static final int TIOCGWINSZ = 0x5413;

  private Ioctl() {}
}
