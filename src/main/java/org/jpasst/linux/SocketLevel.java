package org.jpasst.linux;

/** Levels of socket options and control messages, linux/socket.h and in.h. */
public final class SocketLevel {
  /** SOL_IP. */
  public static final int IP = 0;

  /** SOL_SOCKET. */
  public static final int SOCKET = 1;

  /** SOL_TCP. */
  public static final int TCP = 6;

  /** SOL_UDP. */
  public static final int UDP = 17;

  /** SOL_IPV6. */
  public static final int IPV6 = 41;

  /** SOL_ICMPV6. */
  public static final int ICMPV6 = 58;

  /** SOL_NETLINK. */
  public static final int NETLINK = 270;

  private SocketLevel() {}
}
