package org.jpasst.guest;

/**
 * How one frame stands for several packets, each with the same headers and a part of the payload.
 * The values are those of {@code gso_type} in a virtio-net header (virtio 1.3 section 5.1.6).
 */
public final class Segmentation {
  /** The frame is one packet. */
  public static final int NONE = 0;

  /** TCP segments over IPv4. */
  public static final int TCP4 = 1;

  /** TCP segments over IPv6. */
  public static final int TCP6 = 4;

  /** UDP datagrams over either. */
  public static final int UDP = 5;

  private Segmentation() {}

  /** TCP segments over one of both. */
  public static int tcp(boolean ipv4) {
    return ipv4 ? TCP4 : TCP6;
  }
}
