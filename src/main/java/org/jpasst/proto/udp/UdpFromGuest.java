package org.jpasst.proto.udp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageBatch;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.DatagramSockets;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.UdpHeader;

/**
 * Datagrams of the guest: checked, sorted by flow over one batch of frames, and sent from where
 * they lie with one system call for each flow.
 */
final class UdpFromGuest {
  /** Datagrams of one batch of frames; more are sent in several goes. */
  private static final int CAPACITY = 1024;

  private static final int PER_CALL = 64;
  private static final int NONE = -1;

  private final Sockets sockets;
  private final DatagramSockets datagramSockets;
  private final UdpFlows flows;
  private final UdpErrors errors;
  private final Counters counters;
  private final FlowSide side = new FlowSide();
  private final MessageBatch messages = new MessageBatch(PER_CALL, 1, 0);

  // The batch: for each datagram where it lies, and the flow's next one.
  private final MemorySegment[] memories = new MemorySegment[CAPACITY];
  private final long[] headersAt = new long[CAPACITY];
  private final int[] lengths = new int[CAPACITY];
  private final int[] nexts = new int[CAPACITY];
  private int count;
  private final UdpFlow[] touched = new UdpFlow[CAPACITY];
  private int touchedCount;

  UdpFromGuest(
      Sockets sockets,
      DatagramSockets datagramSockets,
      UdpFlows flows,
      UdpErrors errors,
      Counters counters) {
    this.sockets = sockets;
    this.datagramSockets = datagramSockets;
    this.flows = flows;
    this.errors = errors;
    this.counters = counters;
  }

  void onDatagram(MemorySegment s, long ethAt, long ipAt, long udpAt, int available, long now) {
    if (available < UdpHeader.LENGTH) {
      counters.increment(Counter.DROP_UDP_HEADER);
      return;
    }
    // The guest may be writing to this memory: what is checked is read once.
    int length = UdpHeader.length(s, udpAt);
    boolean ipv4 = EthernetHeader.type(s, ethAt) == EthernetHeader.TYPE_IPV4;
    if (length < UdpHeader.LENGTH || length > available) {
      counters.increment(Counter.DROP_UDP_HEADER);
      return;
    }
    if (!checksumHolds(s, ipAt, udpAt, length, ipv4)) {
      counters.increment(Counter.DROP_UDP_CHECKSUM);
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
      flow = flows.openFromGuest(side, now);
      if (flow == null) {
        errors.refuse(side, flows.lastErrno(), 0, s, udpAt, length);
        return;
      }
    }
    flow.sawFromGuest(now);
    applyHeaderFields(flow, s, ipAt, ipv4);
    add(flow, s, udpAt, length);
  }

  private static boolean checksumHolds(
      MemorySegment s, long ipAt, long udpAt, int length, boolean ipv4) {
    if (UdpHeader.checksum(s, udpAt) == 0) {
      return ipv4; // none; RFC 8200 section 8.1 wants one over IPv6
    }
    long pseudoHeader =
        ipv4
            ? Ipv4Header.pseudoHeader(s, ipAt, IpProtocol.UDP, length)
            : Ipv6Header.pseudoHeader(s, ipAt, IpProtocol.UDP, length);
    return InternetChecksum.verifies(pseudoHeader + InternetChecksum.sum(s, udpAt, length));
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
      send(flow);
      boolean multicast = IpAddress.isMulticast(side.ourHi(), side.ourLo());
      flow.headerFields().apply(sockets, flow.socket().fd(), ipv4, multicast, ttl, tos);
    }
  }

  private void add(UdpFlow flow, MemorySegment s, long udpAt, int length) {
    if (count == CAPACITY) {
      onBatchEnd();
    }
    int at = count++;
    memories[at] = s;
    headersAt[at] = udpAt;
    lengths[at] = length;
    nexts[at] = NONE;
    if (flow.batchFirst == NONE) {
      flow.batchFirst = at;
      touched[touchedCount++] = flow;
    } else {
      nexts[flow.batchLast] = at;
    }
    flow.batchLast = at;
  }

  /** Sends all that was collected; its memory may be used again after that. */
  void onBatchEnd() {
    for (int i = 0; i < touchedCount; i++) {
      send(touched[i]);
      touched[i] = null;
    }
    touchedCount = 0;
    count = 0;
  }

  private void send(UdpFlow flow) {
    int at = flow.batchFirst;
    flow.batchFirst = NONE;
    while (at != NONE) {
      int first = at;
      int wanted = 0;
      while (at != NONE && wanted < PER_CALL) {
        prepare(messages.message(wanted++), flow, at);
        at = nexts[at];
      }
      send(flow, first, wanted);
    }
  }

  private void prepare(Message message, UdpFlow flow, int at) {
    message
        .vectors()
        .set(0, memories[at], headersAt[at] + UdpHeader.LENGTH, lengths[at] - UdpHeader.LENGTH);
    if (flow.connected) {
      message.prepareSendConnected(1);
    } else {
      datagramSockets.destination(flow.flow().host(), message.name());
      message.prepareSend(1);
    }
  }

  /** Sends prepared messages, of which {@code at} is the first datagram in the flow's list. */
  private void send(UdpFlow flow, int at, int wanted) {
    int datagram = at;
    int sent = 0;
    boolean triedTwice = false;
    while (sent < wanted) {
      int result =
          sockets.sendmmsg(flow.socket().fd(), messages, sent, wanted - sent, MessageFlag.NOSIGNAL);
      if (result > 0) {
        sent += result;
        for (int i = 0; i < result; i++) {
          datagram = nexts[datagram];
        }
        triedTwice = false;
      } else if (!triedTwice && isOfEarlierDatagram(flow, result)) {
        triedTwice = true;
      } else {
        refuse(flow, result, datagram);
        datagram = nexts[datagram];
        sent++;
        triedTwice = false;
      }
    }
  }

  /**
   * A socket that learned of an error reports it at its next use, whatever that is (RFC 1122
   * section 4.1.3.3); the guest is told of it, and the datagram is tried again.
   */
  private boolean isOfEarlierDatagram(UdpFlow flow, int errno) {
    boolean never = errno == -Errno.EAGAIN || errno == -Errno.ENOBUFS || errno == -Errno.EMSGSIZE;
    return !never && errors.drain(flow, false) > 0;
  }

  private void refuse(UdpFlow flow, int errno, int datagram) {
    counters.increment(Counter.DROP_UDP_SEND);
    if (errno == -Errno.EAGAIN || errno == -Errno.ENOBUFS) {
      return;
    }
    FlowSide guest = flow.flow().guest();
    int mtu = 0;
    if (errno == -Errno.EMSGSIZE) {
      errors.drain(flow, false);
      boolean ipv4 = guest.isIpv4();
      mtu =
          (int)
              Math.max(
                  0,
                  sockets.getsockopt(
                      flow.socket().fd(),
                      ipv4 ? SocketLevel.IP : SocketLevel.IPV6,
                      ipv4 ? SocketOption.IP_MTU : SocketOption.IPV6_MTU));
    }
    errors.refuse(guest, errno, mtu, memories[datagram], headersAt[datagram], lengths[datagram]);
  }
}
