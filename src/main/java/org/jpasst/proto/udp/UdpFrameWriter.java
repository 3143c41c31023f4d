package org.jpasst.proto.udp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.Offload;
import org.jpasst.guest.Segmentation;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.UdpHeader;

/**
 * Writes datagrams for the guest as frames. Over IPv4 they carry no checksum, which RFC 768 allows:
 * nothing lies between us and the guest that could damage them.
 */
final class UdpFrameWriter {
  private static final int HEADERS4 = EthernetHeader.LENGTH + Ipv4Header.LENGTH + UdpHeader.LENGTH;
  private static final int HEADERS6 = EthernetHeader.LENGTH + Ipv6Header.LENGTH + UdpHeader.LENGTH;

  private final FrameSink sink;
  private final GuestAddresses guest;
  private final Offload offload = new Offload();

  UdpFrameWriter(FrameSink sink, GuestAddresses guest) {
    this.sink = sink;
    this.guest = guest;
  }

  /** The longest payload that a frame can hold. */
  static int maxPayload(boolean ipv4) {
    return FrameSink.MAX_FRAME - (ipv4 ? HEADERS4 : HEADERS6);
  }

  /**
   * Writes and publishes one frame: of one datagram, or of several of the same sender.
   *
   * @param side says where the guest's endpoint is
   * @param sourceHi first half of the sender as the guest knows it
   * @param sourceLo second half
   * @param sourcePort its port
   * @param mac its Ethernet address
   * @param length of the payload, at most {@link #maxPayload}
   * @param size of each datagram's payload but the last; where that is less than {@code length},
   *     the guest {@link #takesSeveral}
   * @return false where the link has no room; then nothing has happened
   */
  boolean write(
      FlowSide side,
      long sourceHi,
      long sourceLo,
      int sourcePort,
      long mac,
      MemorySegment payload,
      long at,
      int length,
      int size) {
    boolean ipv4 = side.isIpv4();
    int headers = ipv4 ? HEADERS4 : HEADERS6;
    LentFrame lent = sink.lend(headers, length);
    if (lent.isNone()) {
      return false;
    }
    MemorySegment s = lent.memory();
    long frame = lent.at();
    int udpLength = UdpHeader.LENGTH + length;
    int type = ipv4 ? EthernetHeader.TYPE_IPV4 : EthernetHeader.TYPE_IPV6;
    EthernetHeader.write(s, frame, guest.macOf(side.endpointHi(), side.endpointLo()), mac, type);
    long ip = frame + EthernetHeader.LENGTH;
    long udp = ip + (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH);
    UdpHeader.write(s, udp, sourcePort, side.endpointPort(), udpLength);
    lent.pieces().fill(lent.firstPiece(), payload, at, length);
    if (ipv4) {
      Ipv4Header.write(
          s,
          ip,
          Ipv4Header.LENGTH + udpLength,
          IpProtocol.UDP,
          (int) sourceLo,
          (int) side.endpointLo());
    } else {
      Ipv6Header.write(
          s,
          ip,
          0,
          udpLength,
          IpProtocol.UDP,
          sourceHi,
          sourceLo,
          side.endpointHi(),
          side.endpointLo());
    }
    int total = headers + length;
    if (size < length) {
      beginChecksum(s, ipv4, ip, udp, udpLength);
      int udpAt = (int) (udp - frame);
      sink.publish(lent, total, offload.set(udpAt, UdpHeader.CHECKSUM, Segmentation.UDP, size));
    } else if (ipv4) {
      sink.publish(lent, total);
    } else if (sink.capabilities().checksums()) {
      // RFC 8200 section 8.1: over IPv6 there has to be a checksum.
      beginChecksum(s, false, ip, udp, udpLength);
      int udpAt = (int) (udp - frame);
      sink.publish(lent, total, offload.set(udpAt, UdpHeader.CHECKSUM, Segmentation.NONE, 0));
    } else {
      long sum = Ipv6Header.pseudoHeader(s, ip, IpProtocol.UDP, udpLength);
      sum += InternetChecksum.sum(s, udp, UdpHeader.LENGTH);
      UdpHeader.putChecksum(s, udp, sum + InternetChecksum.sum(payload, at, length));
      sink.publish(lent, total);
    }
    return true;
  }

  /** Whether the guest cuts up frames of several datagrams itself. */
  boolean takesSeveral(boolean ipv4) {
    return ipv4 ? sink.capabilities().udp4() : sink.capabilities().udp6();
  }

  private void beginChecksum(MemorySegment s, boolean ipv4, long ip, long udp, int udpLength) {
    long pseudoHeader =
        ipv4
            ? Ipv4Header.pseudoHeader(s, ip, IpProtocol.UDP, udpLength)
            : Ipv6Header.pseudoHeader(s, ip, IpProtocol.UDP, udpLength);
    UdpHeader.putPartialChecksum(s, udp, pseudoHeader);
  }
}
