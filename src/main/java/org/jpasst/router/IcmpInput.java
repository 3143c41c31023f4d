package org.jpasst.router;

import org.jpasst.guest.FrameSink;
import org.jpasst.proto.Packet;
import org.jpasst.proto.PacketHandler;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;

/** Sorts the guest's messages of ICMP and ICMPv6 by type. */
final class IcmpInput implements PacketHandler {
  private final Services services;
  private final Protocols protocols;
  private final FrameSink sink;
  private final Counters counters;

  IcmpInput(Services services, Protocols protocols, FrameSink sink, Counters counters) {
    this.services = services;
    this.protocols = protocols;
    this.sink = sink;
    this.counters = counters;
  }

  @Override
  public void onPacket(Packet packet, long now) {
    boolean ipv4 = packet.isIpv4();
    if (packet.length() < IcmpHeader.LENGTH) {
      counters.increment(Counter.DROP_ICMP);
      return;
    }
    int type = IcmpHeader.type(packet.memory(), packet.at());
    if (!ipv4 && NdpResponder.handles(type)) {
      onNdp(packet);
    } else if (type == (ipv4 ? IcmpHeader.ECHO_REQUEST : Icmpv6Header.ECHO_REQUEST)) {
      protocols.echo().onPacket(packet, now);
    } else if (type
            == (ipv4 ? IcmpHeader.DESTINATION_UNREACHABLE : Icmpv6Header.DESTINATION_UNREACHABLE)
        && packet.icmpChecksumVerifies()) {
      protocols.unreachable().onPacket(packet, now);
    } else {
      counters.increment(Counter.DROP_ICMP);
    }
  }

  private void onNdp(Packet packet) {
    services.onNdp(packet, sink);
    if (packet.isFromUnspecified()) {
      protocols.guestStart().run(); // RFC 4862 section 5.4.2: it tries an address first
    }
  }
}
