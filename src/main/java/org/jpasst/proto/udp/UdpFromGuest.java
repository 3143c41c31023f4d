package org.jpasst.proto.udp;

import org.jpasst.flow.FlowSide;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.proto.TransportChecksums;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.UdpHeader;

/**
 * Datagrams of the guest: checked, sorted by flow over one batch of frames, and sent from where
 * they lie with one system call for each flow.
 */
final class UdpFromGuest {
  private final Sockets sockets;
  private final UdpFlows flows;
  private final UdpErrors errors;
  private final GuestAddresses guest;
  private final AddressTranslation translation;
  private final Counters counters;
  private final TransportChecksums checksums;
  private final FlowSide side = new FlowSide();
  private final DatagramBatch batch = new DatagramBatch();
  private final UdpSender sender;
  private final UdpGroups groups;

  UdpFromGuest(
      Sockets sockets,
      DatagramSockets datagramSockets,
      UdpFlows flows,
      UdpErrors errors,
      UdpGroups groups,
      GuestAddresses guest,
      AddressTranslation translation,
      Counters counters,
      TransportChecksums checksums) {
    this.sockets = sockets;
    this.flows = flows;
    this.errors = errors;
    this.groups = groups;
    this.guest = guest;
    this.translation = translation;
    this.counters = counters;
    this.checksums = checksums;
    sender = new UdpSender(sockets, datagramSockets, errors, counters);
  }

  /** A datagram whose header was read. */
  void onPacket(Packet packet, long now) {
    if (!checksums.acceptUdp(packet)) {
      return;
    }
    packet.fill(side, packet.sourcePort(), packet.destinationPort());
    if (side.endpointPort() == 0
        || side.ourPort() == 0
        || !IpAddress.isUnicast(side.endpointHi(), side.endpointLo())
        || IpAddress.isUnspecified(side.ourHi(), side.ourLo())) {
      counters.increment(Counter.DROP_UDP_HEADER);
      return;
    }
    UdpFlow flow = flows.find(side);
    if (flow == null) {
      if (!flows.admits()) {
        counters.increment(Counter.DROP_ATTEMPT);
        return;
      }
      guest.heard(side, packet.sourceMac());
      flow = flows.openFromGuest(side, now);
      if (flow == null) {
        errors.refuse(
            side, flows.all().lastErrno(), 0, packet.memory(), packet.at(), packet.lengthInHead());
        return;
      }
    }
    guest.heard(flow.flow().guest(), packet.sourceMac());
    flows.sawFromGuest(flow);
    flow.sawFromGuest(packet.length() - UdpHeader.LENGTH, now);
    if (packet.frame().datagramSize() == 0) {
      int inHead = packet.lengthInHead() - UdpHeader.LENGTH;
      flow.dns().sawFromGuest(packet.memory(), packet.at() + UdpHeader.LENGTH, inHead);
    } else {
      flow.dns().sawSession();
    }
    if (IpAddress.isMulticast(side.ourHi(), side.ourLo())) {
      groups.sawFromGuest(flow, packet, now);
    }
    applyHeaderFields(flow, packet);
    add(flow, packet);
  }

  /** The kernel takes TTL and TOS from the socket: what waits with other ones is sent before. */
  private void applyHeaderFields(UdpFlow flow, Packet packet) {
    int ttl = packet.hopLimit();
    int tos = packet.trafficClass();
    if (!flow.headerFields().match(ttl, tos)) {
      sender.send(flow, batch);
      boolean multicast = IpAddress.isMulticast(side.ourHi(), side.ourLo());
      int hops = translation.hopsTo(side.ourHi(), side.ourLo());
      int fd = flow.socket().fd();
      flow.headerFields().apply(sockets, fd, packet.isIpv4(), multicast, ttl, hops, tos);
    }
  }

  private void add(UdpFlow flow, Packet packet) {
    if (batch.isFull()) {
      onBatchEnd();
    }
    int index = batch.add(flow, packet);
    if (batch.segmentSize(index) != 0 && !flow.cutByKernel && !batch.cut(flow, index)) {
      sender.send(flow, batch);
    }
  }

  /** Sends what was collected of one flow. */
  void send(UdpFlow flow) {
    sender.send(flow, batch);
  }

  /** Sends all that was collected; its memory may be used again after that. */
  void onBatchEnd() {
    // Whatever is thrown: what the datagrams lay in is used again.
    try {
      for (int i = 0; i < batch.flows(); i++) {
        sender.send(batch.flow(i), batch);
      }
    } finally {
      batch.clear();
    }
  }
}
