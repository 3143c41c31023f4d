package org.jpasst.bridge;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Frame;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NeighborMessage;

/**
 * What a frame says about where an IP address is, if its sender says so of its own: the sender of
 * an ARP packet, the source of a solicitation or of a router's advertisement, the target of a
 * neighbour's advertisement that overrides (proxies don't, RFC 4861 section 7.2.8).
 *
 * <p>Whoever sends frames may be hostile. A frame counts only if it is one that RFC 826 or RFC 4861
 * lets be taken, in its head as a whole, of one node's address at the Ethernet address that it came
 * from. Frames with a tag say nothing here.
 */
final class AddressClaim {
  /** Where the options of a router's messages begin (RFC 4861 sections 4.1 and 4.2). */
  private static final int SOLICITATION_OPTIONS = 8;

  private static final int ADVERTISEMENT_OPTIONS = 16;

  private long hi;
  private long lo;
  private boolean tellsOfRouter;
  private boolean router;

  /** Reads a frame; false if it claims nothing. */
  boolean read(Frame frame) {
    return switch (EthernetHeader.type(frame.memory(), frame.at())) {
      case EthernetHeader.TYPE_ARP -> readArp(frame.memory(), frame.at(), frame.headLength());
      case EthernetHeader.TYPE_IPV6 -> isDiscovery(frame) && readDiscovery(frame);
      default -> false;
    };
  }

  /** First half of the address, IPv4 as mapped. */
  long hi() {
    return hi;
  }

  /** Second half of the address. */
  long lo() {
    return lo;
  }

  /** Whether it says if its sender is a router. */
  boolean tellsOfRouter() {
    return tellsOfRouter;
  }

  /** Whether its sender is a router, where it says so. */
  boolean isOfRouter() {
    return router;
  }

  /**
   * Whether a node can have this address on a link.
   *
   * @param hi first half, IPv4 as mapped
   * @param lo second half
   */
  static boolean isOfNode(long hi, long lo) {
    boolean possible = IpAddress.isUnicast(hi, lo) && !IpAddress.isLoopback(hi, lo);
    // RFC 1122 section 3.2.1.3 (a), (b): "this network" has no hosts. RFC 4291 section 2.4.
    return possible && (IpAddress.isIpv4(hi, lo) ? (int) lo >>> 24 != 0 : hi != 0);
  }

  private boolean readArp(MemorySegment s, long at, int length) {
    long arp = at + EthernetHeader.LENGTH;
    if (!ArpHeader.valid(s, arp, length - EthernetHeader.LENGTH)) {
      return false;
    }
    int operation = ArpHeader.operation(s, arp);
    hi = 0;
    lo = IpAddress.mapped(ArpHeader.senderIp(s, arp));
    tellsOfRouter = false;
    return (operation == ArpHeader.REQUEST || operation == ArpHeader.REPLY)
        && isOf(ArpHeader.senderMac(s, arp), s, at);
  }

  /** Whether the address is one node's, which is where the frame came from. */
  private boolean isOf(long mac, MemorySegment s, long at) {
    return mac == EthernetHeader.source(s, at) && MacAddress.isOfOne(mac) && isOfNode(hi, lo);
  }

  /** Cheap, as it is asked of each frame with IPv6. */
  private static boolean isDiscovery(Frame frame) {
    long ip = frame.at() + EthernetHeader.LENGTH;
    return frame.headLength() >= EthernetHeader.LENGTH + Ipv6Header.LENGTH + Icmpv6Header.LENGTH
        && Ipv6Header.nextHeader(frame.memory(), ip) == IpProtocol.ICMPV6
        && Ipv6Header.hopLimit(frame.memory(), ip) == Ipv6Header.HOP_LIMIT;
  }

  private boolean readDiscovery(Frame frame) {
    MemorySegment s = frame.memory();
    long ip = frame.at() + EthernetHeader.LENGTH;
    if (frame.isChecksumMissing()
        || !Ipv6Header.valid(s, ip, frame.headLength() - EthernetHeader.LENGTH)) {
      return false;
    }
    int length = Ipv6Header.payloadLength(s, ip);
    long icmp = ip + Ipv6Header.LENGTH;
    return length >= Icmpv6Header.LENGTH
        && IcmpHeader.code(s, icmp) == 0
        && readMessage(s, ip, length)
        && hi != 0 // no IPv4 address as mapped, which is ARP's
        && isOf(EthernetHeader.source(s, frame.at()), s, frame.at())
        && Icmpv6Header.checksumVerifies(
            s, icmp, length, Ipv6Header.pseudoHeader(s, ip, IpProtocol.ICMPV6, length));
  }

  private boolean readMessage(MemorySegment s, long ip, int length) {
    hi = Ipv6Header.sourceHi(s, ip);
    lo = Ipv6Header.sourceLo(s, ip);
    tellsOfRouter = false;
    int source = NeighborMessage.SOURCE_LINK_LAYER;
    return switch (IcmpHeader.type(s, ip + Ipv6Header.LENGTH)) {
      case Icmpv6Header.ROUTER_SOLICITATION ->
          hasOptions(s, ip, length, SOLICITATION_OPTIONS, source);
      case Icmpv6Header.NEIGHBOR_SOLICITATION ->
          hasOptions(s, ip, length, NeighborMessage.LENGTH, source);
      case Icmpv6Header.ROUTER_ADVERTISEMENT -> {
        tellsOfRouter = true;
        router = true;
        yield hasOptions(s, ip, length, ADVERTISEMENT_OPTIONS, source);
      }
      case Icmpv6Header.NEIGHBOR_ADVERTISEMENT -> readAdvertisement(s, ip, length);
      default -> false;
    };
  }

  private boolean readAdvertisement(MemorySegment s, long ip, int length) {
    int option = NeighborMessage.TARGET_LINK_LAYER;
    if (!hasOptions(s, ip, length, NeighborMessage.LENGTH, option)) {
      return false;
    }
    long icmp = ip + Ipv6Header.LENGTH;
    hi = NeighborMessage.targetHi(s, icmp);
    lo = NeighborMessage.targetLo(s, icmp);
    int flags = NeighborMessage.flags(s, icmp);
    tellsOfRouter = true;
    router = (flags & NeighborMessage.ROUTER) != 0;
    return (flags & NeighborMessage.OVERRIDE) != 0;
  }

  /** Whether a message is as long as it has to be, and no option tells another address. */
  private static boolean hasOptions(MemorySegment s, long ip, int length, int before, int option) {
    long icmp = ip + Ipv6Header.LENGTH;
    long mac = EthernetHeader.source(s, ip - EthernetHeader.LENGTH);
    return length >= before && NeighborMessage.isOf(mac, option, s, icmp + before, icmp + length);
  }
}
