package org.jpasst.flow;

/** The kinds of flow, with the IP protocol each is looked up by. */
public enum FlowType {
  /** A TCP connection. */
  TCP(6),
  /** Datagrams between one pair of endpoints. */
  UDP(17),
  /** ICMP echo requests of one identifier to one destination. */
  PING4(1),
  /** ICMPv6 echo requests of one identifier to one destination. */
  PING6(58);

  private final int protocol;

  FlowType(int protocol) {
    this.protocol = protocol;
  }

  /** The IANA protocol number. */
  public int protocol() {
    return protocol;
  }
}
