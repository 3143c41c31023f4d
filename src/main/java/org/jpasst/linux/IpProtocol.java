package org.jpasst.linux;

/** Protocol numbers for socket(2), linux/in.h and in6.h; NETLINK_ROUTE, linux/netlink.h. */
public final class IpProtocol {
  /** The type's own. */
  public static final int DEFAULT = 0;

  /** IPPROTO_TCP. */
  public static final int TCP = 6;

  /** IPPROTO_UDP. */
  public static final int UDP = 17;

  /** NETLINK_ROUTE, for AF_NETLINK. */
  public static final int NETLINK_ROUTE = 0;

  private IpProtocol() {}
}
