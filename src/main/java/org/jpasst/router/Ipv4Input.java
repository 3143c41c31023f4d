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
import org.jpasst.proto.dhcp.DhcpResponder;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.UdpHeader;

/** Checks the guest's IPv4 packets (RFC 791, RFC 1122 section 3.2.1) and hands them on. */
final class Ipv4Input {
  private final GuestAddresses guest;
  private final GuestEvidence evidence;
  private final Services services;
  private final Protocols protocols;
  private final FrameSink sink;
  private final Counters counters;
  private final Log log;
  private final TransportChecksums checksums;
  private final FlowSide side = new FlowSide();

  Ipv4Input(
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
    if (!guest.hasIpv4()) {
      counters.increment(Counter.DROP_FAMILY_DISABLED);
      return;
    }
    if (!Ipv4Header.valid(s, ipAt, frame.length() - EthernetHeader.LENGTH)) {
      counters.increment(Counter.DROP_IP_HEADER);
      return;
    }
    if (!Ipv4Header.checksumVerifies(s, ipAt)) {
      counters.increment(Counter.DROP_IP_CHECKSUM);
      return;
    }
    if (Ipv4Header.isFragment(s, ipAt)) {
      counters.increment(Counter.DROP_FRAGMENT);
      log.limited(LogLevel.WARNING, "fragment", "dropped fragments: reassembly isn't supported");
      return;
    }
    long source = IpAddress.mapped(Ipv4Header.source(s, ipAt));
    long destination = IpAddress.mapped(Ipv4Header.destination(s, ipAt));
    // RFC 1122 section 3.2.1.3: loopback addresses must not appear outside a host, and no source is
    // a group or a broadcast.
    if (IpAddress.isLoopback(0, source)
        || IpAddress.isLoopback(0, destination)
        || IpAddress.isMulticast(0, source)
        || IpAddress.isLimitedBroadcast(0, source)) {
      counters.increment(Counter.DROP_MARTIAN);
      return;
    }
    side.set(Pif.GUEST, 0, source, 0, 0, destination, 0);
    int header = Ipv4Header.headerLength(s, ipAt);
    int payload = Ipv4Header.totalLength(s, ipAt) - header;
    evidence.onIpv4(frame, source, destination, ipAt + header, payload);
    payload(frame, ipAt + header, payload, now);
  }

  private void payload(Frame frame, long from, int length, long now) {
    MemorySegment s = frame.memory();
    long ipAt = frame.at() + EthernetHeader.LENGTH;
    switch (Ipv4Header.protocol(s, ipAt)) {
      case IpProtocol.TCP -> {
        if (protocols.tcpEnabled()) {
          long pseudo = Ipv4Header.pseudoHeader(s, ipAt, IpProtocol.TCP, length);
          protocols.tcp().onSegment(side, frame, from, length, pseudo, now);
        } else {
          counters.increment(Counter.DROP_PROTOCOL);
        }
      }
      case IpProtocol.UDP -> udp(frame, from, length, now);
      case IpProtocol.ICMP -> icmp(s, frame.at(), from, length, now);
      default -> counters.increment(Counter.DROP_PROTOCOL);
    }
  }

  private void icmp(MemorySegment s, long at, long from, int length, long now) {
    int type = length < IcmpHeader.LENGTH ? -1 : IcmpHeader.type(s, from);
    if (protocols.icmpEnabled() && type == IcmpHeader.ECHO_REQUEST) {
      protocols.ping().onEcho(s, at, at + EthernetHeader.LENGTH, from, length, now);
    } else if (type == IcmpHeader.DESTINATION_UNREACHABLE
        && protocols.tcpEnabled()
        && IcmpHeader.checksumVerifies(s, from, length)) {
      protocols.tcp().onUnreachable(s, from, length, true);
    } else {
      counters.increment(Counter.DROP_ICMP);
    }
  }

  /** Of what is broadcast we are the only server, if there is one. */
  private boolean isForUs(MemorySegment s, long ipAt, long from) {
    long destination = IpAddress.mapped(Ipv4Header.destination(s, ipAt));
    return guest.isForMany(0, destination) || services.isForDhcp(s, ipAt, from);
  }

  private void udp(Frame frame, long from, int length, long now) {
    MemorySegment s = frame.memory();
    long ipAt = frame.at() + EthernetHeader.LENGTH;
    if (!UdpHeader.valid(s, from, length)) {
      counters.increment(Counter.DROP_UDP_HEADER);
      return;
    }
    if (UdpHeader.destinationPort(s, from) == DhcpResponder.SERVER_PORT && isForUs(s, ipAt, from)) {
      if (!frame.isInOnePiece()) {
        counters.increment(Counter.DROP_DHCP);
        return;
      }
      int datagram = UdpHeader.length(s, from);
      long pseudo = Ipv4Header.pseudoHeader(s, ipAt, IpProtocol.UDP, datagram);
      if (checksums.acceptUdp(frame, from, datagram, pseudo, true)) {
        services.onDhcp(s, frame.at(), from, sink);
        if (IpAddress.isUnspecified(side.endpointHi(), side.endpointLo())) {
          protocols.tcp().onGuestStart(); // it has no address yet, or again
        }
      }
    } else if (protocols.udpEnabled()) {
      protocols.udp().onDatagram(frame, ipAt, from, length, now);
    } else {
      counters.increment(Counter.DROP_PROTOCOL);
    }
  }
}
