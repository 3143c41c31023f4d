package org.jpasst.linux;

/** Flags of TUN/TAP devices, linux/if_tun.h, as they are in an {@link InterfaceRequest}. */
public final class TunFlag {
  /** Packets without an Ethernet header. */
  public static final int IFF_TUN = 0x1;

  /** Ethernet frames. */
  public static final int IFF_TAP = 0x2;

  /** Nothing in front of a packet: no {@code struct tun_pi}. */
  public static final int IFF_NO_PI = 0x1000;

  /** A {@code struct virtio_net_hdr} in front of a packet. */
  public static final int IFF_VNET_HDR = 0x4000;

  private TunFlag() {}
}
