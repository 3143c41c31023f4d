package org.jpasst.proto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FramePieces;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.arp.ArpResponder;
import org.jpasst.proto.dhcp.DhcpResponder;
import org.jpasst.proto.dhcp6.Dhcpv6Responder;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.proto.ndp.Withdrawn;
import org.jpasst.stats.Counters;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.UdpHeader;

/**
 * All responders behind as much of a router as they need. Frames lie at odd offsets between bytes
 * that must not be read or change.
 */
final class GuestServices {
  private static final int AT = 65;
  private static final int OUT_SPACE = 1514;
  private static final byte GUARD = 0x5a;

  final Counters counters = new Counters();
  final GuestAddresses guest;
  final Optional<ArpResponder> arp;
  final Optional<NdpResponder> ndp;
  final Optional<DhcpResponder> dhcp;
  final Optional<Dhcpv6Responder> dhcpv6;
  private final MemorySegment out = Arena.ofAuto().allocate(AT + OUT_SPACE + AT);

  GuestServices(Configuration c, MacLookup macs) {
    guest = new GuestAddresses(c);
    arp = c.ipv4().map(s -> new ArpResponder(s, c.ourMac(), macs, guest::isGuests, counters));
    ndp =
        c.ipv6()
            .filter(_ -> c.services().ndp())
            .map(s -> new NdpResponder(c, s, Withdrawn.NONE, macs, guest::isGuests, counters));
    dhcp =
        c.ipv4()
            .filter(_ -> c.services().dhcp())
            .flatMap(
                s ->
                    s.ourAddress()
                        .map(ours -> new DhcpResponder(c, s, ours, guest.tenancy(true), counters)));
    dhcpv6 = c.ipv6().filter(_ -> c.services().dhcpv6()).flatMap(s -> dhcpv6(c, s));
  }

  private Optional<Dhcpv6Responder> dhcpv6(Configuration c, Ipv6Settings s) {
    return s.assigned().map(a -> new Dhcpv6Responder(c, s, a, guest.tenancy(false), counters));
  }

  /** A frame that a responder writes on its own account; empty where it has none. */
  interface Writer {
    int write(MemorySegment out, long at);
  }

  Optional<Frame> frame(Writer writer) {
    out.fill(GUARD);
    int length = writer.write(out, AT);
    checkGuards(length);
    return length == 0 ? Optional.empty() : Optional.of(padded(length));
  }

  /** What comes when a guest connects. */
  List<Frame> onConnected() {
    return Stream.of(
            arp.flatMap(a -> frame(a::request)),
            ndp.flatMap(n -> frame((s, at) -> n.solicit(s, at, guest.mac()))))
        .flatMap(Optional::stream)
        .toList();
  }

  /** The answer to a frame, padded as it would come. */
  Optional<Frame> answer(byte[] frame) {
    // Nothing behind the frame: an access beyond its end throws.
    MemorySegment in = Arena.ofAuto().allocate(AT + frame.length);
    MemorySegment.copy(frame, 0, in, ValueLayout.JAVA_BYTE, AT, frame.length);
    return frame((s, at) -> route(in, frame.length, s, at));
  }

  private int route(MemorySegment in, int length, MemorySegment s, long at) {
    if (length < EthernetHeader.LENGTH) {
      return 0;
    }
    guest.sawMac(EthernetHeader.source(in, AT));
    var shown = new org.jpasst.guest.Frame(new FramePieces(0));
    shown.set(in, AT, length);
    return switch (EthernetHeader.type(in, AT)) {
      case EthernetHeader.TYPE_ARP -> arp.map(a -> a.respond(in, AT, length, s, at)).orElse(0);
      case EthernetHeader.TYPE_IPV4 -> ipv4(shown, s, at);
      case EthernetHeader.TYPE_IPV6 -> ipv6(shown, s, at);
      default -> 0;
    };
  }

  private int ipv4(org.jpasst.guest.Frame frame, MemorySegment s, long at) {
    var packet = new Packet();
    return packet.readIpv4(frame)
            && packet.protocol() == IpProtocol.UDP
            && packet.readUdp()
            && checksumHolds(packet)
            && packet.destinationPort() == DhcpResponder.SERVER_PORT
        ? dhcp.map(d -> d.respond(packet, s, at)).orElse(0)
        : 0;
  }

  private static boolean checksumHolds(Packet packet) {
    return UdpHeader.checksum(packet.memory(), packet.at()) == 0
        || InternetChecksum.verifies(
            packet.pseudoHeader()
                + InternetChecksum.sum(packet.memory(), packet.at(), packet.length()));
  }

  private int ipv6(org.jpasst.guest.Frame frame, MemorySegment s, long at) {
    var packet = new Packet();
    if (!packet.readIpv6(frame)) {
      return 0;
    }
    guest.shows(packet.sourceHi(), packet.sourceLo(), packet.sourceMac());
    if (packet.skipExtensions() < 0) {
      return 0;
    }
    return switch (packet.protocol()) {
      case IpProtocol.ICMPV6 ->
          packet.length() >= Icmpv6Header.LENGTH
                  && NdpResponder.handles(IcmpHeader.type(packet.memory(), packet.at()))
              ? ndp.map(n -> n.respond(packet, s, at)).orElse(0)
              : 0;
      case IpProtocol.UDP ->
          packet.readUdp() && packet.destinationPort() == Dhcpv6Responder.SERVER_PORT
              ? dhcpv6.map(d -> d.respond(packet, s, at)).orElse(0)
              : 0;
      default -> 0;
    };
  }

  private Frame padded(int length) {
    byte[] bytes = new byte[Math.max(length, EthernetHeader.MINIMUM_FRAME)];
    MemorySegment.copy(out, ValueLayout.JAVA_BYTE, AT, bytes, 0, length);
    return Frame.of(bytes);
  }

  private void checkGuards(int length) {
    for (long i = 0; i < out.byteSize(); i++) {
      if ((i < AT || i >= AT + length + (length == 0 ? OUT_SPACE : 0))
          && out.get(ValueLayout.JAVA_BYTE, i) != GUARD) {
        throw new AssertionError("wrote outside the answer, at " + (i - AT));
      }
    }
  }

  static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }
}
