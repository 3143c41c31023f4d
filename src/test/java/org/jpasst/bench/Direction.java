package org.jpasst.bench;

/** Which way the data goes; the client is where it comes from. */
enum Direction {
  FROM_GUEST("guest→"),
  TO_GUEST("→guest");

  private final String arrow;

  Direction(String arrow) {
    this.arrow = arrow;
  }

  /** For tables, such as {@code guest→remote}. */
  String with(Peer peer) {
    return this == FROM_GUEST ? arrow + peer.title() : peer.title() + arrow;
  }

  /** For names of cells, such as {@code guest-remote}. */
  String id(Peer peer) {
    return this == FROM_GUEST ? "guest-" + peer.title() : peer.title() + "-guest";
  }
}
