package org.jpasst.net;

/** A yes-or-no question about an address, given by its two halves. */
@FunctionalInterface
public interface AddressTest {
  /**
   * Whether it holds for this address.
   *
   * @param hi first half of the address, IPv4 as mapped
   * @param lo second half
   */
  boolean test(long hi, long lo);
}
