package org.jpasst.guest.capture;

import java.lang.foreign.MemorySegment;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.UdpHeader;

/**
 * A frame in one line for a reader: what it is, between whom, how long. The frame may be the
 * guest's, so anything at all; IPv6 extension headers aren't followed.
 */
final class FrameDescription {
  private static final int PORTS = 4; // the first bytes of TCP's and UDP's header

  private final MemorySegment s;

  /** Bytes that may be looked at end here. */
  private final long end;

  private FrameDescription(MemorySegment s, long end) {
    this.s = s;
    this.end = end;
  }

  /**
   * Describes a frame.
   *
   * @param at where it begins, with its Ethernet header
   * @param head how many of its bytes lie there
   * @param length how many it has
   */
  static String of(MemorySegment s, long at, int head, int length) {
    String what = new FrameDescription(s, at + head).frame(at, length);
    return what + ", " + length + " bytes";
  }

  private boolean has(long at, int bytes) {
    return end - at >= bytes;
  }

  private String frame(long at, int length) {
    if (!has(at, EthernetHeader.LENGTH)) {
      return "no Ethernet frame";
    }
    long behind = at + EthernetHeader.LENGTH;
    int left = length - EthernetHeader.LENGTH;
    int type = EthernetHeader.type(s, at);
    return switch (type) {
      case EthernetHeader.TYPE_ARP -> arp(behind);
      case EthernetHeader.TYPE_IPV4 -> ipv4(behind, left);
      case EthernetHeader.TYPE_IPV6 -> ipv6(behind, left);
      default -> "Ethernet type 0x%04x".formatted(type);
    };
  }

  private String arp(long at) {
    if (!has(at, ArpHeader.LENGTH)) {
      return "malformed ARP";
    }
    int operation = ArpHeader.operation(s, at);
    String name =
        switch (operation) {
          case ArpHeader.REQUEST -> "request";
          case ArpHeader.REPLY -> "reply";
          default -> "operation " + operation;
        };
    IpAddress sender = IpAddress.ofIpv4(ArpHeader.senderIp(s, at));
    return "ARP " + name + " " + sender + " > " + IpAddress.ofIpv4(ArpHeader.targetIp(s, at));
  }

  private String ipv4(long at, int available) {
    if (!has(at, Ipv4Header.LENGTH) || !Ipv4Header.valid(s, at, available)) {
      return "malformed IPv4";
    }
    IpAddress source = IpAddress.ofIpv4(Ipv4Header.source(s, at));
    IpAddress destination = IpAddress.ofIpv4(Ipv4Header.destination(s, at));
    int protocol = Ipv4Header.protocol(s, at);
    if (Ipv4Header.isFragment(s, at)) {
      return "fragment of protocol " + protocol + " " + source + " > " + destination;
    }
    return packet(protocol, source, destination, at + Ipv4Header.headerLength(s, at));
  }

  private String ipv6(long at, int available) {
    if (!has(at, Ipv6Header.LENGTH) || !Ipv6Header.valid(s, at, available)) {
      return "malformed IPv6";
    }
    var source = new IpAddress(Ipv6Header.sourceHi(s, at), Ipv6Header.sourceLo(s, at));
    var destination =
        new IpAddress(Ipv6Header.destinationHi(s, at), Ipv6Header.destinationLo(s, at));
    return packet(Ipv6Header.nextHeader(s, at), source, destination, at + Ipv6Header.LENGTH);
  }

  private String packet(int protocol, IpAddress source, IpAddress destination, long at) {
    boolean readable = has(at, PORTS);
    if (readable && protocol == IpProtocol.TCP) {
      return "TCP " + ports(source, destination, at);
    }
    if (readable && protocol == IpProtocol.UDP) {
      return "UDP " + ports(source, destination, at);
    }
    String between = source + " > " + destination;
    if (readable && (protocol == IpProtocol.ICMP || protocol == IpProtocol.ICMPV6)) {
      String name = protocol == IpProtocol.ICMP ? "ICMP" : "ICMPv6";
      return name + " type " + IcmpHeader.type(s, at) + " " + between;
    }
    return "protocol " + protocol + " " + between;
  }

  /** Both protocols have their ports in the same place (RFC 9293 section 3.1, RFC 768). */
  private String ports(IpAddress source, IpAddress destination, long at) {
    var from = new Endpoint(source, UdpHeader.sourcePort(s, at));
    return from + " > " + new Endpoint(destination, UdpHeader.destinationPort(s, at));
  }
}
