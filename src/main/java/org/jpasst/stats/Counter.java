package org.jpasst.stats;

/** What is counted: each way a frame, datagram or connection can end other than being delivered. */
public enum Counter {
  /** Turns of the event loop. */
  LOOP_TURNS("loop.turns", "turns of the event loop, each one wake-up"),
  /** Exceptions that reached the event loop. */
  LOOP_FAILURES("loop.failures", "exceptions that reached the event loop, each one a bug"),
  /** Frames taken from the guest. */
  FRAMES_FROM_GUEST("frames.from_guest", "frames taken from the guest"),
  /** Frames given to the guest link. */
  FRAMES_TO_GUEST("frames.to_guest", "frames given to the guest's link"),
  /** Of frames taken from the guest, from their Ethernet headers on. */
  BYTES_FROM_GUEST("bytes.from_guest", "bytes of the frames taken from the guest"),
  /** Of frames given to the guest link. */
  BYTES_TO_GUEST("bytes.to_guest", "bytes of the frames given to the guest's link"),
  /** No guest connected, or its interface down. */
  DROP_LINK_DOWN("drop.link_down", "frames for a guest that isn't connected"),
  /** Link's queue full. */
  DROP_LINK_FULL("drop.link_full", "frames dropped because the guest's link was full"),
  /** Not taken by a device. */
  DROP_LINK_REFUSED("drop.link_refused", "frames that the guest's device refused"),
  /** Frames given to the uplink. */
  FRAMES_TO_UPLINK(
      "frames.to_uplink", "frames of a bridged guest and announcements given to the uplink"),
  /** Of frames given to the uplink. */
  BYTES_TO_UPLINK("bytes.to_uplink", "bytes of the frames given to the uplink"),
  /** Uplink's interface down. */
  DROP_UPLINK_DOWN("drop.uplink_down", "frames of a bridged guest while the uplink was down"),
  /** Uplink's queue full, where the guest can't be made to wait. */
  DROP_UPLINK_FULL("drop.uplink_full", "frames of a bridged guest that the uplink had no room for"),
  /** Not taken by the uplink's device. */
  DROP_UPLINK_REFUSED("drop.uplink_refused", "frames of a bridged guest that the uplink refused"),
  /** Frames that tell where a guest is. */
  ANNOUNCEMENTS(
      "announcements", "frames sent to the uplink that tell where a bridged guest is now"),
  /** No room on the uplink, too many at once, or of no possible address. */
  DROP_ANNOUNCEMENT(
      "drop.announcement", "announcements left out: no room on the uplink, or too many asked for"),
  /** Work left undone that can't be done. */
  DROP_OFFLOAD(
      "drop.offload", "bridged frames with an offload that makes no sense, or longer than any"),
  /** Framing broken. */
  LINK_BAD_LENGTH("link.bad_length", "guest connections closed for an impossible frame length"),
  /** Virtqueue's chain broken. */
  DROP_BAD_CHAIN("drop.bad_chain", "descriptor chains of the guest that make no frame"),
  /** Receive buffer too small. */
  DROP_BUFFER_SMALL("drop.buffer_small", "frames longer than the guest's receive buffers"),
  /** Ethertype not handled. */
  DROP_ETHERTYPE("drop.ethertype", "frames of a type that is not ARP, IPv4 or IPv6"),
  /** Not of the guest's VLAN. */
  DROP_VLAN("drop.vlan", "frames that don't have the tag of the guest's VLAN"),
  /** Family switched off. */
  DROP_FAMILY_DISABLED("drop.family_disabled", "packets of an IP version that is switched off"),
  /** Malformed IP header. */
  DROP_IP_HEADER("drop.ip.header", "packets whose IP header is malformed or truncated"),
  /** Wrong IPv4 header checksum. */
  DROP_IP_CHECKSUM("drop.ip.checksum", "IPv4 packets with a wrong header checksum"),
  /** Fragments that make no datagram. */
  DROP_FRAGMENT("drop.ip.fragment", "IP fragments that are malformed or contradict others"),
  /** Fragments missing. */
  DROP_FRAGMENT_LATE(
      "drop.ip.fragment_late", "datagrams of which not all fragments had come in time"),
  /** Too many datagrams in part. */
  DROP_FRAGMENT_FULL(
      "drop.ip.fragment_full", "datagrams that had come in part and made room for newer ones"),
  /** No hop left. */
  DROP_EXPIRED("drop.ip.expired", "packets with a TTL or hop limit too low to be forwarded"),
  /** Loopback or otherwise impossible address on the link. */
  DROP_MARTIAN("drop.ip.martian", "packets with an address that must not appear on a link"),
  /** Protocol not handled. */
  DROP_PROTOCOL("drop.ip.protocol", "packets of a protocol other than TCP, UDP, ICMP"),
  /** ARP not understood. */
  DROP_ARP("drop.arp", "ARP packets that are malformed or not for us"),
  /** ICMP malformed or not handled. */
  DROP_ICMP("drop.icmp", "ICMP messages that are malformed or not handled"),
  /** ICMP checksum. */
  DROP_ICMP_CHECKSUM("drop.icmp.checksum", "ICMP messages with a wrong checksum"),
  /** ICMP error about nothing that was sent. */
  DROP_ICMP_QUOTE(
      "drop.icmp.quote", "ICMP errors of the guest's about packets that it wasn't sent"),
  /** Guest's ICMP error: path too narrow. */
  ICMP_TOO_BIG("icmp.too_big", "flows whose packets got shorter as the guest said so by ICMP"),
  /** Guest's ICMP error: refused. */
  ICMP_REFUSED("icmp.refused", "flows that ended as the guest refused them by ICMP"),
  /** Guest's ICMP error without consequence. */
  ICMP_SOFT("icmp.soft", "ICMP errors of the guest's about flows that go on all the same"),
  /** NDP malformed. */
  DROP_NDP("drop.ndp", "neighbour discovery messages that are malformed or not for us"),
  /** DHCP malformed. */
  DROP_DHCP("drop.dhcp", "DHCP messages that are malformed or not for us"),
  /** The address is somebody else's. */
  DROP_DHCP_HELD(
      "drop.dhcp.held", "requests for the guest's address by DHCP and DHCPv6 while it is in use"),
  /** DHCPv6 malformed. */
  DROP_DHCP6("drop.dhcp6", "DHCPv6 messages that are malformed or not for us"),
  /** IGMP or MLD malformed. */
  DROP_GROUP("drop.group", "IGMP and MLD messages that are malformed or not for a router"),
  /** Too many groups. */
  DROP_GROUP_FULL("drop.group.full", "reports of groups that would be one too many"),
  /** No socket for a group. */
  DROP_GROUP_SOCKET("drop.group.socket", "ports of groups that no socket could be opened for"),
  /** UDP malformed. */
  DROP_UDP_HEADER("drop.udp.header", "UDP datagrams that are malformed"),
  /** UDP checksum. */
  DROP_UDP_CHECKSUM("drop.udp.checksum", "UDP datagrams with a wrong checksum"),
  /** No way to the destination. */
  DROP_UDP_UNREACHABLE("drop.udp.unreachable", "UDP datagrams no socket could be opened for"),
  /** Socket refused the datagram. */
  DROP_UDP_SEND("drop.udp.send", "UDP datagrams the host's socket refused"),
  /** From the host, and nobody's. */
  DROP_UDP_STRAY("drop.udp.stray", "UDP datagrams from the host of no flow and no rule"),
  /** Flows of peers the guest hasn't answered, closed for newer ones. */
  UDP_STRANGERS_CLOSED(
      "udp.strangers_closed", "flows of peers the guest didn't answer that made room for newer"),
  /** Echo request refused. */
  DROP_PING_SEND("drop.ping.send", "echo requests the host's socket refused"),
  /** TCP malformed. */
  DROP_TCP_HEADER("drop.tcp.header", "TCP segments that are malformed"),
  /** TCP checksum. */
  DROP_TCP_CHECKSUM("drop.tcp.checksum", "TCP segments with a wrong checksum"),
  /** Segment without a connection. */
  TCP_NO_FLOW("tcp.no_flow", "TCP segments of no known connection"),
  /** Segment outside the window. */
  TCP_OUT_OF_WINDOW("tcp.out_of_window", "TCP segments outside the offered window"),
  /** Segment after a gap. */
  TCP_OUT_OF_ORDER("tcp.out_of_order", "TCP segments that came before their predecessors"),
  /** Segment seen before. */
  TCP_DUPLICATE("tcp.duplicate", "TCP segments seen before"),
  /** Retransmissions towards the guest. */
  TCP_RETRANSMITS("tcp.retransmits", "times data was sent to the guest again"),
  /** Bytes parked because a socket took less than was offered. */
  TCP_PARKED("tcp.parked", "bytes held because a socket took less than its free space"),
  /** Frames that the packet cache took. */
  CACHED("cache.taken", "frames cached while the guest stood still"),
  /** Frames into the packet cache. */
  CACHED_LATE("cache.late", "frames taken from the source after the guest's state"),
  /** Frames into the packet cache, and on to another host. */
  HANDED_ON("cache.handed_on", "frames sent to the target after the guest's state"),
  /** Frames that the target takes too slowly. */
  DROP_HAND_ON("drop.cache.hand_on", "frames that the way to the target had no room for"),
  /** Frames out of the packet cache. */
  CACHE_DELIVERED("cache.delivered", "cached frames given to the guest"),
  /** Frames out of the packet cache. */
  CACHE_SAVED("cache.saved", "cached frames written for another host"),
  /** Packet cache full. */
  DROP_CACHE_FULL("drop.cache.full", "frames that the packet cache had no room for"),
  /** A flow's share of the packet cache. */
  DROP_CACHE_FLOW("drop.cache.flow", "frames of flows that had their share of the packet cache"),
  /** Too long in the packet cache. */
  DROP_CACHE_OLD("drop.cache.old", "cached frames that the guest came back too late for"),
  /** Too many ICMP errors for the guest at once. */
  DROP_ERROR_LIMIT("drop.error_limit", "ICMP errors to the guest left out, being too many"),
  /** Too many resets for segments of no connection at once. */
  DROP_RESET_LIMIT("drop.reset_limit", "answers to TCP segments of no connection left out"),
  /** Flow table full. */
  DROP_TABLE_FULL("drop.table_full", "flows refused because the flow table is full"),
  /** Too many of the guest's flows begin at once, or aren't open yet. */
  DROP_ATTEMPT(
      "drop.attempt", "new flows left unanswered because too many others are being set up"),
  /** Too many connections of peers that the guest doesn't answer. */
  TCP_HALF_OPEN(
      "tcp.half_open",
      "peers' connections that ended or were refused because the guest left too many unanswered"),
  /** Out of descriptors or memory. */
  DROP_NO_SOCKET("drop.no_socket", "flows refused because no socket could be made");

  private final String id;
  private final String label;

  Counter(String id, String label) {
    this.id = id;
    this.label = label;
  }

  /** The stable name, for machines. */
  public String id() {
    return id;
  }

  /** What it counts, for people. */
  public String label() {
    return label;
  }
}
