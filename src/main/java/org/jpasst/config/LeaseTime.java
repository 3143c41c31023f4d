package org.jpasst.config;

/** For how long the guest is given its addresses by DHCP and DHCPv6, in seconds. */
public final class LeaseTime {
  /** For ever (RFC 2131 section 3.3, RFC 8415 section 7.7). */
  public static final int INFINITE = -1;

  /** In local mode: half of it later the client asks again, and finds a network that came up. */
  public static final int PROVISIONAL = 60;

  private LeaseTime() {}

  static int of(boolean localMode) {
    return localMode ? PROVISIONAL : INFINITE;
  }
}
