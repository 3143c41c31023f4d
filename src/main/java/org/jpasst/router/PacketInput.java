package org.jpasst.router;

import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.log.Log;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.proto.PacketHandler;
import org.jpasst.proto.TransportChecksums;
import org.jpasst.proto.dhcp.DhcpResponder;
import org.jpasst.proto.dhcp6.Dhcpv6Responder;
import org.jpasst.proto.icmp.GuestError;
import org.jpasst.proto.icmp.PacketErrors;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.MldHeader;
import org.jpasst.wire.TcpHeader;

/**
 * Sorts the guest's packets, of whatever IP version, by protocol, and finds those among them that
 * we answer ourselves.
 */
final class PacketInput implements PacketHandler {
  private final GuestAddresses guest;
  private final GuestEvidence evidence;
  private final Services services;
  private final Protocols protocols;
  private final AddressTranslation translation;
  private final PacketErrors errors;
  private final FrameSink sink;
  private final Counters counters;
  private final TransportChecksums checksums;

  PacketInput(
      GuestAddresses guest,
      GuestEvidence evidence,
      Services services,
      Protocols protocols,
      AddressTranslation translation,
      PacketErrors errors,
      FrameSink sink,
      Counters counters,
      Log log) {
    this.guest = guest;
    this.evidence = evidence;
    this.services = services;
    this.protocols = protocols;
    this.translation = translation;
    this.errors = errors;
    this.sink = sink;
    this.counters = counters;
    checksums = new TransportChecksums(counters, log);
  }

  @Override
  public void onPacket(Packet packet, long now) {
    evidence.onPacket(packet);
    int protocol = packet.protocol();
    if (protocol == IpProtocol.TCP) {
      if (!expires(packet)) {
        protocols.tcp().onPacket(packet, now);
      }
    } else if (protocol == IpProtocol.UDP) {
      onUdp(packet, now);
    } else if (protocol == IpProtocol.icmp(packet.isIpv4())) {
      onIcmp(packet, now);
    } else if (protocol == IpProtocol.IGMP && packet.isIpv4()) {
      protocols.groups().onPacket(packet, now);
    } else {
      counters.increment(Counter.DROP_PROTOCOL);
    }
  }

  private void onUdp(Packet packet, long now) {
    if (!packet.readUdp()) {
      counters.increment(Counter.DROP_UDP_HEADER);
    } else if (!isForServer(packet)) {
      if (!expires(packet)) {
        protocols.udp().onPacket(packet, now);
      }
    } else if (!packet.frame().isInOnePiece()) { // longer than any of DHCP's is
      counters.increment(packet.isIpv4() ? Counter.DROP_DHCP : Counter.DROP_DHCP6);
    } else if (checksums.acceptUdp(packet)) {
      toServer(packet);
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

  private void toServer(Packet packet) {
    guest.contest(packet.isIpv4(), packet.sourceMac());
    if (guest.questions().areThere()) {
      services.ask(guest.questions(), sink); // before what is answered
    }
    if (!packet.isIpv4()) {
      services.onDhcpv6(packet, sink);
      return;
    }
    services.onDhcp(packet, sink);
    if (packet.isFromUnspecified()) {
      protocols.guestStart().run(); // it has no address yet, or again
    }
  }

  private void onIcmp(Packet packet, long now) {
    if (packet.length() < IcmpHeader.LENGTH) {
      counters.increment(Counter.DROP_ICMP);
      return;
    }
    boolean ipv4 = packet.isIpv4();
    int type = IcmpHeader.type(packet.memory(), packet.at());
    if (!ipv4 && NdpResponder.handles(type)) {
      onNdp(packet);
    } else if (type == (ipv4 ? IcmpHeader.ECHO_REQUEST : Icmpv6Header.ECHO_REQUEST)) {
      if (!expires(packet)) {
        protocols.echo().onPacket(packet, now);
      }
    } else if (!ipv4 && MldHeader.isOfListener(type)) {
      protocols.groups().onPacket(packet, now);
    } else if (GuestError.isError(type, ipv4) && packet.icmpChecksumVerifies()) {
      protocols.errors().onPacket(packet, now);
    } else {
      counters.increment(Counter.DROP_ICMP);
    }
  }

  /**
   * Whether this is as far as a packet goes (RFC 1812 section 5.3.1, RFC 8200 section 3): what
   * leaves the guest's network has one hop less behind us.
   */
  private boolean expires(Packet packet) {
    if (packet.hopLimit() > 1
        || !translation.isForwarded(packet.destinationHi(), packet.destinationLo())) {
      return false;
    }
    if (isIntact(packet)) {
      counters.increment(Counter.DROP_EXPIRED);
      errors.hopLimitExceeded(packet);
    }
    return true;
  }

  /** Whom a damaged packet is for, and of whom it is, nobody knows. */
  private boolean isIntact(Packet packet) {
    return switch (packet.protocol()) {
      case IpProtocol.TCP -> isIntactTcp(packet);
      case IpProtocol.UDP -> checksums.acceptUdp(packet);
      default -> packet.icmpChecksumVerifies() || drop(Counter.DROP_ICMP_CHECKSUM);
    };
  }

  private boolean isIntactTcp(Packet packet) {
    return TcpHeader.valid(packet.memory(), packet.at(), packet.length())
        ? checksums.acceptTcp(packet)
        : drop(Counter.DROP_TCP_HEADER);
  }

  private boolean drop(Counter reason) {
    counters.increment(reason);
    return false;
  }

  private void onNdp(Packet packet) {
    if (packet.isFragmented()) {
      counters.increment(Counter.DROP_NDP); // RFC 6980 section 5
      return;
    }
    services.onNdp(packet, sink);
    if (packet.isFromUnspecified()) {
      protocols.guestStart().run(); // RFC 4862 section 5.4.2: it tries an address first
    }
  }
}
