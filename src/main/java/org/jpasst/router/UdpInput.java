package org.jpasst.router;

import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.TransportChecksums;
import org.jpasst.log.Log;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.proto.PacketHandler;
import org.jpasst.proto.dhcp.DhcpResponder;
import org.jpasst.proto.dhcp6.Dhcpv6Responder;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/** Checks the headers of the guest's datagrams, and finds those for the DHCP servers among them. */
final class UdpInput implements PacketHandler {
  private final GuestAddresses guest;
  private final Services services;
  private final Protocols protocols;
  private final FrameSink sink;
  private final Counters counters;
  private final TransportChecksums checksums;

  UdpInput(
      GuestAddresses guest,
      Services services,
      Protocols protocols,
      FrameSink sink,
      Counters counters,
      Log log) {
    this.guest = guest;
    this.services = services;
    this.protocols = protocols;
    this.sink = sink;
    this.counters = counters;
    checksums = new TransportChecksums(counters, log);
  }

  @Override
  public void onPacket(Packet packet, long now) {
    if (!packet.readUdp()) {
      counters.increment(Counter.DROP_UDP_HEADER);
    } else if (!isForServer(packet)) {
      protocols.udp().onPacket(packet, now);
    } else if (packet.isIpv4()) {
      onDhcp(packet);
    } else if (isUsable(packet, Counter.DROP_DHCP6)) {
      services.onDhcpv6(packet, sink);
    }
  }

  private void onDhcp(Packet packet) {
    if (isUsable(packet, Counter.DROP_DHCP)) {
      services.onDhcp(packet, sink);
      if (packet.isFromUnspecified()) {
        protocols.guestStart().run(); // it has no address yet, or again
      }
    }
  }

  /** Of what is sent to many we are the only server, if there is one. */
  private boolean isForServer(Packet packet) {
    long hi = packet.destinationHi();
    long lo = packet.destinationLo();
    return packet.isIpv4()
        ? packet.destinationPort() == DhcpResponder.SERVER_PORT
            && (guest.isForMany(hi, lo) || services.isForDhcp(packet))
        : packet.destinationPort() == Dhcpv6Responder.SERVER_PORT
            && (IpAddress.isMulticast(hi, lo) || services.isForDhcpv6(packet));
  }

  /** The servers look at whole messages, in one piece; none is so long that it isn't. */
  private boolean isUsable(Packet packet, Counter tooLong) {
    if (!packet.frame().isInOnePiece()) {
      counters.increment(tooLong);
      return false;
    }
    return checksums.acceptUdp(
        packet.frame(), packet.at(), packet.length(), packet.pseudoHeader(), packet.isIpv4());
  }
}
