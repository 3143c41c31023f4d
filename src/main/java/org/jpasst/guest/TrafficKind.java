package org.jpasst.guest;

/** What a guest receives, by how a migration can carry it. */
public enum TrafficKind {
  /** Who the guest is on its link: its Ethernet and IP addresses. */
  ADDRESSES("addresses"),
  /** Segments of TCP connections. */
  TCP("TCP"),
  /** Datagrams of UDP flows. */
  UDP("UDP"),
  /** Replies to the guest's ICMP and ICMPv6 echo requests. */
  ECHO("ICMP echo"),
  /** What we say ourselves: ARP, NDP, DHCP, ICMP errors. */
  OTHER("other"),
  /** Whole frames of the network that the guest is bridged to; nothing else keeps any of them. */
  BRIDGED("bridged frames");

  private final String title;

  TrafficKind(String title) {
    this.title = title;
  }

  /** For messages. */
  @Override
  public String toString() {
    return title;
  }
}
