package org.jpasst.net;

/**
 * Who may be given the one address there is: stations of the guest's link, by their Ethernet
 * addresses. While one has it no other gets it.
 */
public interface Tenancy {
  /** Whether nobody else is known to have it. */
  boolean isFreeFor(long mac);

  /** Whether a station may be offered it, to ask for it later. */
  boolean mayBeOffered(long mac);

  /** Whether a station may have it now. */
  boolean mayTake(long mac);

  /** A station was given it. */
  void take(long mac);
}
