package org.jpasst.bench;

import java.util.List;

/**
 * Ports of the servers. In the guest they are forwarded, so a server on the host itself, next to
 * the back-end that listens on these, needs others.
 */
enum Ports {
  STREAM(5201),
  TRANSACTIONS(5202),
  DATAGRAMS(5203);

  private static final int ON_HOST = 1000;

  private final int inGuest;

  Ports(int inGuest) {
    this.inGuest = inGuest;
  }

  /** Of the server that traffic of this direction goes to. */
  int number(Direction direction) {
    return direction == Direction.TO_GUEST ? inGuest : inGuest + ON_HOST;
  }

  /** Options of a back-end that forward all of them. */
  static List<String> forwardingOptions() {
    return List.of(
        "--tcp-ports",
        Integer.toString(STREAM.inGuest),
        "--tcp-ports",
        Integer.toString(TRANSACTIONS.inGuest),
        "--udp-ports",
        Integer.toString(DATAGRAMS.inGuest));
  }
}
