package org.jpasst.net;

/** Answers with which Ethernet address a host, as the guest sees it, sends its frames. */
@FunctionalInterface
public interface MacLookup {
  /**
   * The Ethernet address for an IP address on the guest's link.
   *
   * @param hi first half of the address, IPv4 as mapped
   * @param lo second half
   * @return the address's 48 bits; our own where nothing better is known
   */
  long macOf(long hi, long lo);
}
