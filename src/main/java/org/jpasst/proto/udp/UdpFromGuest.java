package org.jpasst.proto.udp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.guest.Frame;
import org.jpasst.guest.TransportChecksums;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.UdpHeader;

/**
 * Datagrams of the guest: checked, sorted by flow over one batch of frames, and sent from where
 * they lie with one system call for each flow.
 */
final class UdpFromGuest {
  private final Sockets sockets;
  private final UdpFlows flows;
  private final UdpErrors errors;
  private final Counters counters;
  private final TransportChecksums checksums;
  private final FlowSide side = new FlowSide();
  private final DatagramBatch batch = new DatagramBatch();
  private final UdpSender sender;

  UdpFromGuest(
      Sockets sockets,
      DatagramSockets datagramSockets,
      UdpFlows flows,
      UdpErrors errors,
      Counters counters,
      TransportChecksums checksums) {
    this.sockets = sockets;
    this.flows = flows;
    this.errors = errors;
    this.counters = counters;
    this.checksums = checksums;
    sender = new UdpSender(sockets, datagramSockets, errors, counters);
  }

  void onDatagram(Frame frame, long ipAt, long udpAt, int available, long now) {
    MemorySegment s = frame.memory();
    if (available < UdpHeader.LENGTH) {
      counters.increment(Counter.DROP_UDP_HEADER);
      return;
    }
    // The guest may be writing to this memory: what is checked is read once.
    int length = UdpHeader.length(s, udpAt);
    boolean ipv4 = EthernetHeader.type(s, frame.at()) == EthernetHeader.TYPE_IPV4;
    if (length < UdpHeader.LENGTH || length > available) {
      counters.increment(Counter.DROP_UDP_HEADER);
      return;
    }
    long pseudoHeader =
        ipv4
            ? Ipv4Header.pseudoHeader(s, ipAt, IpProtocol.UDP, length)
            : Ipv6Header.pseudoHeader(s, ipAt, IpProtocol.UDP, length);
    if (!checksums.acceptUdp(frame, udpAt, length, pseudoHeader, ipv4)) {
      return;
    }
    readSide(s, ipAt, udpAt, ipv4);
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
      flow = flows.openFromGuest(side, now);
      if (flow == null) {
        errors.refuse(side, flows.all().lastErrno(), 0, s, udpAt, frame.inHead(udpAt, length));
        return;
      }
    }
    flows.sawFromGuest(flow);
    flow.sawFromGuest(length - UdpHeader.LENGTH, now);
    if (frame.segmentSize() == 0) {
      int inHead = frame.inHead(udpAt, length) - UdpHeader.LENGTH;
      flow.dns().sawFromGuest(s, udpAt + UdpHeader.LENGTH, inHead);
    } else {
      flow.dns().sawSession();
    }
    applyHeaderFields(flow, s, ipAt, ipv4);
    add(flow, frame, udpAt, length);
  }

  private void readSide(MemorySegment s, long ipAt, long udpAt, boolean ipv4) {
    int sourcePort = UdpHeader.sourcePort(s, udpAt);
    int destinationPort = UdpHeader.destinationPort(s, udpAt);
    if (ipv4) {
      side.set(
          Pif.GUEST,
          0,
          IpAddress.mapped(Ipv4Header.source(s, ipAt)),
          sourcePort,
          0,
          IpAddress.mapped(Ipv4Header.destination(s, ipAt)),
          destinationPort);
    } else {
      side.set(
          Pif.GUEST,
          Ipv6Header.sourceHi(s, ipAt),
          Ipv6Header.sourceLo(s, ipAt),
          sourcePort,
          Ipv6Header.destinationHi(s, ipAt),
          Ipv6Header.destinationLo(s, ipAt),
          destinationPort);
    }
  }

  /** The kernel takes TTL and TOS from the socket: what waits with other ones is sent before. */
  private void applyHeaderFields(UdpFlow flow, MemorySegment s, long ipAt, boolean ipv4) {
    int ttl = ipv4 ? Ipv4Header.ttl(s, ipAt) : Ipv6Header.hopLimit(s, ipAt);
    int tos = ipv4 ? Ipv4Header.tos(s, ipAt) : Ipv6Header.trafficClass(s, ipAt);
    if (!flow.headerFields().match(ttl, tos)) {
      sender.send(flow, batch);
      boolean multicast = IpAddress.isMulticast(side.ourHi(), side.ourLo());
      flow.headerFields().apply(sockets, flow.socket().fd(), ipv4, multicast, ttl, tos);
    }
  }

  private void add(UdpFlow flow, Frame frame, long udpAt, int length) {
    if (batch.isFull()) {
      onBatchEnd();
    }
    int index = batch.add(flow, frame, udpAt, length);
    if (batch.segmentSize(index) != 0 && !flow.cutByKernel && !batch.cut(flow, index)) {
      sender.send(flow, batch);
    }
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
