package org.jpasst.proto.icmp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.proto.Fragments;
import org.jpasst.proto.GuestFrame;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv6Header;

/** Writes echo replies for the guest as frames. */
final class PingFrameWriter {
  private final GuestFrame frame;
  private final Fragments fragments;
  private final int linkMtu;
  private int hops = Ipv6Header.HOP_LIMIT;
  private int trafficClass;
  private final MemorySegment header = Arena.global().allocate(IcmpHeader.LENGTH, 8);

  /**
   * Writes to a sink.
   *
   * @param linkMtu of the guest's link
   */
  PingFrameWriter(FrameSink sink, GuestAddresses guest, int linkMtu) {
    this.linkMtu = linkMtu;
    frame = new GuestFrame(sink, guest);
    fragments = new Fragments(sink, guest);
  }

  /** Sets TTL and type of service of the next reply, as it had them when it came. */
  void hops(int ttl, int service) {
    hops = ttl;
    trafficClass = service;
  }

  /** The rest of a reply that the link had no room for won't be asked for again. */
  void abandon() {
    fragments.abandon();
  }

  /**
   * Writes and publishes a reply, with the identifier that the guest used; in fragments where it is
   * longer than the link takes.
   *
   * @param side the flow's guest side
   * @param mac Ethernet address it comes from
   * @param message the reply from its ICMP header on, at offset 0
   * @param length at least 8
   * @return false where the link has no room
   */
  boolean write(FlowSide side, long mac, MemorySegment message, int length) {
    if (Fragments.areNeeded(side.isIpv4(), length, linkMtu)) {
      return writeFragments(side, mac, message, length);
    }
    if (!frame.lend(side, mac, length)) {
      return false;
    }
    MemorySegment s = frame.memory();
    long icmp = frame.transportAt();
    MemorySegment.copy(message, 0, s, icmp, length);
    IcmpHeader.identifier(s, icmp, side.endpointPort());
    frame.hops(hops, trafficClass);
    frame.finish(IpProtocol.icmp(side.isIpv4()), length);
    // The same for ICMP, whose pseudo header is none.
    Icmpv6Header.fillChecksum(s, icmp, length, frame.pseudoHeader());
    frame.publish();
    return true;
  }

  private boolean writeFragments(FlowSide side, long mac, MemorySegment message, int length) {
    boolean ipv4 = side.isIpv4();
    int protocol = IpProtocol.icmp(ipv4);
    int payload = length - IcmpHeader.LENGTH;
    MemorySegment.copy(message, 0, header, 0, IcmpHeader.LENGTH);
    IcmpHeader.identifier(header, 0, side.endpointPort());
    long pseudoHeader = ipv4 ? 0 : Fragments.pseudoHeader6(side, protocol, length);
    long sum = InternetChecksum.sum(message, IcmpHeader.LENGTH, payload);
    Icmpv6Header.fillChecksum(header, 0, IcmpHeader.LENGTH, pseudoHeader + sum);
    fragments.hops(hops, trafficClass);
    return fragments.write(
        side,
        mac,
        protocol,
        header,
        IcmpHeader.LENGTH,
        message,
        IcmpHeader.LENGTH,
        payload,
        linkMtu);
  }
}
