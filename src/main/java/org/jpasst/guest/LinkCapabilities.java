package org.jpasst.guest;

/**
 * What a link's other side does with frames for it, so that we needn't.
 *
 * @param checksums it takes transport headers whose checksum is only begun
 * @param tcp4 it takes frames that stand for several TCP segments over IPv4
 * @param tcp6 the same over IPv6
 * @param udp4 it takes frames that stand for several datagrams over IPv4
 * @param udp6 the same over IPv6
 */
public record LinkCapabilities(
    boolean checksums, boolean tcp4, boolean tcp6, boolean udp4, boolean udp6) {
  /** Frames are taken as they go over a wire. */
  public static final LinkCapabilities NONE =
      new LinkCapabilities(false, false, false, false, false);

  /** All that there is is taken. */
  public static final LinkCapabilities ALL = new LinkCapabilities(true, true, true, true, true);

  /** Whether it takes frames that stand for several TCP segments. */
  public boolean tcp(boolean ipv4) {
    return ipv4 ? tcp4 : tcp6;
  }

  /** What both sides do. */
  public LinkCapabilities and(LinkCapabilities other) {
    return new LinkCapabilities(
        checksums && other.checksums,
        tcp4 && other.tcp4,
        tcp6 && other.tcp6,
        udp4 && other.udp4,
        udp6 && other.udp6);
  }

  /** Whether it takes frames that stand for several datagrams. */
  public boolean udp(boolean ipv4) {
    return ipv4 ? udp4 : udp6;
  }
}
