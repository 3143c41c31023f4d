package org.jpasst.router;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.TransportChecksums;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.dhcp6.Dhcpv6Responder;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv6Extensions;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.UdpHeader;

/** Checks the guest's IPv6 packets (RFC 8200), skips extension headers, and hands them on. */
final class Ipv6Input {
  private final GuestAddresses guest;
  private final GuestEvidence evidence;
  private final Services services;
  private final Protocols protocols;
  private final FrameSink sink;
  private final Counters counters;
  private final Log log;
  private final TransportChecksums checksums;
  private final FlowSide side = new FlowSide();

  Ipv6Input(
      GuestAddresses guest,
      Services services,
      Protocols protocols,
      FrameSink sink,
      Counters counters,
      Log log) {
    this.guest = guest;
    evidence = new GuestEvidence(guest);
    this.services = services;
    this.protocols = protocols;
    this.sink = sink;
    this.counters = counters;
    this.log = log;
    checksums = new TransportChecksums(counters, log);
  }

  void onPacket(Frame frame, long now) {
    MemorySegment s = frame.memory();
    long ipAt = frame.at() + EthernetHeader.LENGTH;
    if (!guest.hasIpv6()) {
      counters.increment(Counter.DROP_FAMILY_DISABLED);
      return;
    }
    if (!Ipv6Header.valid(s, ipAt, frame.length() - EthernetHeader.LENGTH)) {
      counters.increment(Counter.DROP_IP_HEADER);
      return;
    }
    int upper = Ipv6Extensions.upperLayer(s, ipAt);
    if (upper < 0) {
      unusable(upper);
      return;
    }
    long sourceHi = Ipv6Header.sourceHi(s, ipAt);
    long sourceLo = Ipv6Header.sourceLo(s, ipAt);
    long destinationHi = Ipv6Header.destinationHi(s, ipAt);
    long destinationLo = Ipv6Header.destinationLo(s, ipAt);
    // RFC 4291 sections 2.5.3, 2.5.5.2 and 2.7: neither loopback nor mapped addresses go over a
    // link, and no source is a group.
    if (isMartian(sourceHi, sourceLo)
        || isMartian(destinationHi, destinationLo)
        || IpAddress.isMulticast(sourceHi, sourceLo)) {
      counters.increment(Counter.DROP_MARTIAN);
      return;
    }
    side.set(Pif.GUEST, sourceHi, sourceLo, 0, destinationHi, destinationLo, 0);
    int offset = Ipv6Extensions.offset(upper);
    int payload = Ipv6Header.LENGTH + Ipv6Header.payloadLength(s, ipAt) - offset;
    int protocol = Ipv6Extensions.protocol(upper);
    evidence.onIpv6(
        protocol, frame, sourceHi, sourceLo, destinationHi, destinationLo, ipAt + offset, payload);
    payload(protocol, frame, ipAt + offset, payload, now);
  }

  private static boolean isMartian(long hi, long lo) {
    return IpAddress.isLoopback(hi, lo) || IpAddress.isIpv4(hi, lo);
  }

  private void unusable(int reason) {
    if (reason == Ipv6Extensions.FRAGMENT) {
      counters.increment(Counter.DROP_FRAGMENT);
      log.limited(LogLevel.WARNING, "fragment", "dropped fragments: reassembly isn't supported");
    } else if (reason == Ipv6Extensions.NONE) {
      counters.increment(Counter.DROP_PROTOCOL);
    } else {
      counters.increment(Counter.DROP_IP_HEADER);
    }
  }

  private void payload(int protocol, Frame frame, long from, int length, long now) {
    MemorySegment s = frame.memory();
    long ipAt = frame.at() + EthernetHeader.LENGTH;
    switch (protocol) {
      case IpProtocol.TCP -> {
        if (protocols.tcpEnabled()) {
          long pseudo = Ipv6Header.pseudoHeader(s, ipAt, IpProtocol.TCP, length);
          protocols.tcp().onSegment(side, frame, from, length, pseudo, now);
        } else {
          counters.increment(Counter.DROP_PROTOCOL);
        }
      }
      case IpProtocol.UDP -> udp(frame, from, length, now);
      case IpProtocol.ICMPV6 -> icmp(s, frame.at(), from, length, now);
      default -> counters.increment(Counter.DROP_PROTOCOL);
    }
  }

  private void icmp(MemorySegment s, long at, long from, int length, long now) {
    if (length < Icmpv6Header.LENGTH) {
      counters.increment(Counter.DROP_ICMP);
      return;
    }
    int type = Icmpv6Header.type(s, from);
    if (NdpResponder.handles(type)) {
      services.onNdp(s, at, from, length, sink);
      if (IpAddress.isUnspecified(side.endpointHi(), side.endpointLo())) {
        protocols.tcp().onGuestStart(); // RFC 4862 section 5.4.2: it tries an address first
      }
    } else if (protocols.icmpEnabled() && type == Icmpv6Header.ECHO_REQUEST) {
      protocols.ping().onEcho(s, at, at + EthernetHeader.LENGTH, from, length, now);
    } else if (type == Icmpv6Header.DESTINATION_UNREACHABLE
        && protocols.tcpEnabled()
        && checksumVerifies(s, at + EthernetHeader.LENGTH, from, length)) {
      protocols.tcp().onUnreachable(s, from, length, false);
    } else {
      counters.increment(Counter.DROP_ICMP);
    }
  }

  private static boolean checksumVerifies(MemorySegment s, long ipAt, long from, int length) {
    long pseudo = Ipv6Header.pseudoHeader(s, ipAt, IpProtocol.ICMPV6, length);
    return Icmpv6Header.checksumVerifies(s, from, length, pseudo);
  }

  /** Of what is multicast we are the only server, if there is one. */
  private boolean isForUs(MemorySegment s, long ipAt, long from) {
    return IpAddress.isMulticast(
            Ipv6Header.destinationHi(s, ipAt), Ipv6Header.destinationLo(s, ipAt))
        || services.isForDhcpv6(s, ipAt, from);
  }

  private void udp(Frame frame, long from, int length, long now) {
    MemorySegment s = frame.memory();
    long ipAt = frame.at() + EthernetHeader.LENGTH;
    if (!UdpHeader.valid(s, from, length)) {
      counters.increment(Counter.DROP_UDP_HEADER);
      return;
    }
    if (UdpHeader.destinationPort(s, from) == Dhcpv6Responder.SERVER_PORT
        && isForUs(s, ipAt, from)) {
      if (!frame.isInOnePiece()) {
        counters.increment(Counter.DROP_DHCP6);
        return;
      }
      int datagram = UdpHeader.length(s, from);
      long pseudo = Ipv6Header.pseudoHeader(s, ipAt, IpProtocol.UDP, datagram);
      if (checksums.acceptUdp(frame, from, datagram, pseudo, false)) {
        services.onDhcpv6(s, frame.at(), from, sink);
      }
    } else if (protocols.udpEnabled()) {
      protocols.udp().onDatagram(frame, ipAt, from, length, now);
    } else {
      counters.increment(Counter.DROP_PROTOCOL);
    }
  }
}
