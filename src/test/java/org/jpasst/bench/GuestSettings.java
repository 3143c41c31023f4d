package org.jpasst.bench;

/**
 * How the guest is set up.
 *
 * @param congestionControl of TCP in the guest, such as {@code cubic}
 */
record GuestSettings(String congestionControl) {}
