package org.jpasst.bench;

/**
 * How the guest is set up.
 *
 * @param congestionControl of TCP in the guest, such as {@code cubic}
 * @param ipv6 whether traffic is of IPv6
 */
record GuestSettings(String congestionControl, boolean ipv6) {}
