package org.jpasst.router;

import org.jpasst.proto.Packet;
import org.jpasst.proto.PacketHandler;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.IpProtocol;

/** Sorts the guest's packets by protocol, whatever IP version they are of. */
final class PacketInput implements PacketHandler {
  private final GuestEvidence evidence;
  private final Protocols protocols;
  private final UdpInput udp;
  private final IcmpInput icmp;
  private final Counters counters;

  PacketInput(
      GuestEvidence evidence,
      Protocols protocols,
      UdpInput udp,
      IcmpInput icmp,
      Counters counters) {
    this.evidence = evidence;
    this.protocols = protocols;
    this.udp = udp;
    this.icmp = icmp;
    this.counters = counters;
  }

  @Override
  public void onPacket(Packet packet, long now) {
    evidence.onPacket(packet);
    int protocol = packet.protocol();
    if (protocol == IpProtocol.TCP) {
      protocols.tcp().onPacket(packet, now);
    } else if (protocol == IpProtocol.UDP) {
      udp.onPacket(packet, now);
    } else if (protocol == (packet.isIpv4() ? IpProtocol.ICMP : IpProtocol.ICMPV6)) {
      icmp.onPacket(packet, now);
    } else {
      counters.increment(Counter.DROP_PROTOCOL);
    }
  }
}
