package org.jpasst.wire;

/** Protocol numbers of IPv4 and next-header values of IPv6 (IANA "Protocol Numbers"). */
public final class IpProtocol {
  /** Internet Control Message Protocol (RFC 792). */
  public static final int ICMP = 1;

  /** Internet Group Management Protocol (RFC 3376). */
  public static final int IGMP = 2;

  /** Transmission Control Protocol (RFC 9293). */
  public static final int TCP = 6;

  /** User Datagram Protocol (RFC 768). */
  public static final int UDP = 17;

  /** ICMP for IPv6 (RFC 4443). */
  public static final int ICMPV6 = 58;

  private IpProtocol() {}

  /** Of both ICMPs, that of an IP version. */
  public static int icmp(boolean ipv4) {
    return ipv4 ? ICMP : ICMPV6;
  }
}
