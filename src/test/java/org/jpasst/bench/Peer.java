package org.jpasst.bench;

/** What the guest talks with. */
enum Peer {
  /** The host itself, over its loopback interface. */
  LOCAL,
  /** Another host, over a virtual Ethernet link. */
  REMOTE;

  String title() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
