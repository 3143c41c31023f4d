package org.jpasst.linux;

/** Address families, linux/socket.h. */
public final class AddressFamily {
  /** AF_UNSPEC: none; connecting to it dissolves an association. */
  public static final int UNSPEC = 0;

  /** AF_UNIX. */
  public static final int UNIX = 1;

  /** AF_INET: IPv4. */
  public static final int INET = 2;

  /** AF_INET6: IPv6. */
  public static final int INET6 = 10;

  /** AF_NETLINK. */
  public static final int NETLINK = 16;

  private AddressFamily() {}
}
