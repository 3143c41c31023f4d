package org.jpasst.proto;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.UdpHeader;

/** Frames as a guest sends them. */
public final class GuestFrames {
  /** The guest's Ethernet address. */
  public static final long MAC = 0x5254_0012_3456L;

  /** The link-local address made of it. */
  public static final IpAddress LINK_LOCAL = GuestServices.address("fe80::5054:ff:fe12:3456");

  private static final HexFormat HEX = HexFormat.of();

  private GuestFrames() {}

  /** An ARP packet of its operation, sender and target. */
  public static byte[] arp(int operation, String sender, String target) {
    byte[] frame = new byte[EthernetHeader.LENGTH + ArpHeader.LENGTH];
    MemorySegment s = MemorySegment.ofArray(frame);
    EthernetHeader.write(s, 0, EthernetHeader.BROADCAST, MAC, EthernetHeader.TYPE_ARP);
    ArpHeader.write(
        s,
        EthernetHeader.LENGTH,
        operation,
        MAC,
        GuestServices.address(sender).ipv4(),
        0,
        GuestServices.address(target).ipv4());
    return frame;
  }

  /** A neighbour solicitation to the target's solicited-node address. */
  public static byte[] solicitation(String source, String target) {
    IpAddress t = GuestServices.address(target);
    IpAddress node = new IpAddress(0xff02L << 48, 0x1_ff00_0000L | (t.lo() & 0xff_ffff));
    String message = "8700000000000000" + HEX.toHexDigits(t.hi()) + HEX.toHexDigits(t.lo());
    return icmpv6(GuestServices.address(source), node, message);
  }

  /** An ICMPv6 message, its checksum made right. */
  public static byte[] icmpv6(IpAddress source, IpAddress destination, String hex) {
    byte[] message = HEX.parseHex(hex);
    byte[] frame = ipv6(source, destination, IpProtocol.ICMPV6, message);
    MemorySegment s = MemorySegment.ofArray(frame);
    long pseudo =
        Ipv6Header.pseudoHeader(s, EthernetHeader.LENGTH, IpProtocol.ICMPV6, message.length);
    Icmpv6Header.fillChecksum(s, 54, message.length, pseudo);
    return frame;
  }

  /** A DHCPv6 message to all servers, of a client identifier and more options. */
  public static byte[] dhcpv6(int type, String options) {
    String message = HEX.toHexDigits((byte) type) + "abcdef" + "0001000400030001" + options;
    byte[] payload = HEX.parseHex("02220223" + "00000000" + message);
    byte[] frame = ipv6(LINK_LOCAL, GuestServices.address("ff02::1:2"), IpProtocol.UDP, payload);
    MemorySegment s = MemorySegment.ofArray(frame);
    NetworkOrder.put16(s, 58, payload.length);
    UdpHeader.fillChecksum(
        s, 54, Ipv6Header.pseudoHeader(s, EthernetHeader.LENGTH, IpProtocol.UDP, payload.length));
    return frame;
  }

  private static byte[] ipv6(IpAddress from, IpAddress to, int protocol, byte[] payload) {
    byte[] frame = new byte[54 + payload.length];
    MemorySegment s = MemorySegment.ofArray(frame);
    EthernetHeader.write(s, 0, EthernetHeader.multicast6(to.lo()), MAC, EthernetHeader.TYPE_IPV6);
    Ipv6Header.write(s, 14, 0, payload.length, protocol, from.hi(), from.lo(), to.hi(), to.lo());
    MemorySegment.copy(MemorySegment.ofArray(payload), 0, s, 54, payload.length);
    return frame;
  }

  /** A DHCP message with these options after the cookie. */
  public static byte[] dhcp(String ciaddr, String options) {
    return dhcp(ciaddr, "255.255.255.255", options);
  }

  /** The same, to one server. */
  public static byte[] dhcp(String ciaddr, String server, String options) {
    byte[] bytes = HEX.parseHex(options);
    byte[] frame = new byte[42 + 240 + bytes.length];
    MemorySegment s = MemorySegment.ofArray(frame);
    EthernetHeader.write(s, 0, EthernetHeader.BROADCAST, MAC, EthernetHeader.TYPE_IPV4);
    Ipv4Header.write(
        s, 14, frame.length - 14, IpProtocol.UDP, 0, GuestServices.address(server).ipv4());
    UdpHeader.write(s, 34, 68, 67, frame.length - 34);
    NetworkOrder.put32(s, 42, 0x0101_0600);
    NetworkOrder.put32(s, 46, 0x1234_5678);
    NetworkOrder.put32(s, 54, GuestServices.address(ciaddr).ipv4());
    NetworkOrder.put48(s, 70, MAC);
    NetworkOrder.put32(s, 42 + 236, 0x6382_5363);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, s, 282, bytes.length);
    return frame;
  }
}
