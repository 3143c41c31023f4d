package org.jpasst.proto.udp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.Segmentation;
import org.jpasst.proto.Fragments;
import org.jpasst.proto.GuestFrame;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.UdpHeader;

/**
 * Writes datagrams for the guest as frames. Over IPv4 they carry no checksum, which RFC 768 allows:
 * nothing lies between us and the guest that could damage them.
 */
final class UdpFrameWriter {
  private final FrameSink sink;
  private final GuestFrame frame;
  private final Fragments fragments;
  private final int linkMtu;
  private int ttl = Ipv6Header.HOP_LIMIT;
  private int trafficClass;
  private final MemorySegment header = Arena.global().allocate(UdpHeader.LENGTH, 8);

  /**
   * Writes to a sink.
   *
   * @param linkMtu of the guest's link
   */
  UdpFrameWriter(FrameSink sink, GuestAddresses guest, int linkMtu) {
    this.sink = sink;
    this.linkMtu = linkMtu;
    frame = new GuestFrame(sink, guest);
    fragments = new Fragments(sink, guest);
  }

  /** The link's MTU, which no datagram of a flow goes beyond uncut. */
  int linkMtu() {
    return linkMtu;
  }

  /** Sets type of service, or traffic class, of the next datagrams, whose TTL is the greatest. */
  void service(int service) {
    fields(Ipv6Header.HOP_LIMIT, service);
  }

  /** Sets TTL and type of service of the next datagrams. */
  void fields(int newTtl, int service) {
    ttl = newTtl;
    trafficClass = service;
  }

  /** The rest of a datagram that the link had no room for won't be asked for again. */
  void abandon() {
    fragments.abandon();
  }

  /** The longest payload that a frame can hold. */
  static int maxPayload(boolean ipv4) {
    return FrameSink.MAX_FRAME - IpFrame.headersLength(ipv4) - UdpHeader.LENGTH;
  }

  /** Whether the guest cuts up frames of several datagrams of one size itself. */
  boolean takesSeveral(boolean ipv4, int size) {
    return sink.capabilities().udp(ipv4)
        && !Fragments.areNeeded(ipv4, UdpHeader.LENGTH + size, linkMtu);
  }

  /**
   * Writes and publishes one frame: of one datagram, or of several of the same sender. A datagram
   * that is longer than the MTU goes in several frames, as fragments.
   *
   * @param side the guest's endpoint, and as ours the sender as the guest knows it
   * @param mac the sender's Ethernet address
   * @param length of the payload, at most {@link #maxPayload}
   * @param size of each datagram's payload but the last; where that is less than {@code length},
   *     the guest {@link #takesSeveral}
   * @param mtu of the path to the guest, at most the link's
   * @return false where the link has no room; then nothing has happened that wouldn't go on with
   *     the next call for the same datagram
   */
  boolean write(
      FlowSide side, long mac, MemorySegment payload, long at, int length, int size, int mtu) {
    if (size >= length && Fragments.areNeeded(side.isIpv4(), UdpHeader.LENGTH + length, mtu)) {
      return writeFragments(side, mac, payload, at, length, mtu);
    }
    if (!frame.lend(side, mac, UdpHeader.LENGTH, length)) {
      return false;
    }
    MemorySegment s = frame.memory();
    long udp = frame.transportAt();
    int udpLength = UdpHeader.LENGTH + length;
    UdpHeader.write(s, udp, side.ourPort(), side.endpointPort(), udpLength);
    frame.fill(payload, at, length);
    frame.hops(ttl, trafficClass);
    frame.finish(IpProtocol.UDP, udpLength);
    boolean several = size < length;
    // RFC 8200 section 8.1: over IPv6 there has to be a checksum.
    boolean summed = several || !side.isIpv4();
    if (several || summed && sink.capabilities().checksums()) {
      UdpHeader.putPartialChecksum(s, udp, frame.pseudoHeader());
      int segmentation = several ? Segmentation.UDP : Segmentation.NONE;
      frame.publish(UdpHeader.CHECKSUM, segmentation, several ? size : 0);
      return true;
    }
    if (summed) {
      long sum = frame.pseudoHeader() + InternetChecksum.sum(s, udp, UdpHeader.LENGTH);
      UdpHeader.putChecksum(s, udp, sum + InternetChecksum.sum(payload, at, length));
    }
    frame.publish();
    return true;
  }

  /** Nobody completes a checksum over several frames. */
  private boolean writeFragments(
      FlowSide side, long mac, MemorySegment payload, long at, int length, int mtu) {
    int udpLength = UdpHeader.LENGTH + length;
    UdpHeader.write(header, 0, side.ourPort(), side.endpointPort(), udpLength);
    NetworkOrder.put16(header, UdpHeader.CHECKSUM, 0);
    if (!side.isIpv4()) {
      long pseudoHeader = Fragments.pseudoHeader6(side, IpProtocol.UDP, udpLength);
      long sum = pseudoHeader + InternetChecksum.sum(header, 0, UdpHeader.LENGTH);
      UdpHeader.putChecksum(header, 0, sum + InternetChecksum.sum(payload, at, length));
    }
    fragments.hops(ttl, trafficClass);
    return fragments.write(
        side, mac, IpProtocol.UDP, header, UdpHeader.LENGTH, payload, at, length, mtu);
  }
}
