package org.jpasst.guest.cache;

import java.lang.foreign.MemorySegment;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.UdpHeader;

/** Says for people what flow a frame is of. A frame may be of anything, and too short. */
final class FlowTitle {
  private static final int PORTS = 4;

  private FlowTitle() {}

  static String of(MemorySegment s, long at, int length) {
    long ip = at + EthernetHeader.LENGTH;
    int left = length - EthernetHeader.LENGTH;
    int type = left < 0 ? 0 : EthernetHeader.type(s, at);
    if (type == EthernetHeader.TYPE_IPV4 && left >= Ipv4Header.LENGTH) {
      var from = IpAddress.ofIpv4(Ipv4Header.source(s, ip));
      var to = IpAddress.ofIpv4(Ipv4Header.destination(s, ip));
      int header = Ipv4Header.headerLength(s, ip);
      return title(from, to, Ipv4Header.protocol(s, ip), s, ip + header, left - header);
    }
    if (type == EthernetHeader.TYPE_IPV6 && left >= Ipv6Header.LENGTH) {
      var from = new IpAddress(Ipv6Header.sourceHi(s, ip), Ipv6Header.sourceLo(s, ip));
      var to = new IpAddress(Ipv6Header.destinationHi(s, ip), Ipv6Header.destinationLo(s, ip));
      int header = Ipv6Header.LENGTH;
      return title(from, to, Ipv6Header.nextHeader(s, ip), s, ip + header, left - header);
    }
    return type == EthernetHeader.TYPE_ARP ? "ARP" : "EtherType 0x%04x".formatted(type);
  }

  private static String title(
      IpAddress from, IpAddress to, int protocol, MemorySegment s, long at, int left) {
    boolean hasPorts = protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
    if (!hasPorts || left < PORTS) {
      return name(protocol) + " " + from + " > " + to;
    }
    // TCP's ports are where UDP's are.
    var source = new Endpoint(from, UdpHeader.sourcePort(s, at));
    var destination = new Endpoint(to, UdpHeader.destinationPort(s, at));
    return name(protocol) + " " + source + " > " + destination;
  }

  private static String name(int protocol) {
    return switch (protocol) {
      case IpProtocol.TCP -> "TCP";
      case IpProtocol.UDP -> "UDP";
      case IpProtocol.ICMP -> "ICMP";
      case IpProtocol.ICMPV6 -> "ICMPv6";
      default -> "IP protocol " + protocol;
    };
  }
}
