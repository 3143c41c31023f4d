package org.jpasst.config;

/** For how long the guest is given its addresses by DHCP and DHCPv6, in seconds. */
public final class LeaseTime {
  /**
   * Half of it later the client asks again, and learns that the host is in another network. As many
   * DHCP servers have it by default.
   */
  public static final int USUAL = 3600;

  /** In local mode, for a network that is still to come up. */
  public static final int PROVISIONAL = 60;

  private LeaseTime() {}

  static int of(boolean localMode) {
    return localMode ? PROVISIONAL : USUAL;
  }
}
