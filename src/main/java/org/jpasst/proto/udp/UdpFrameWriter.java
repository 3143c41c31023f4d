package org.jpasst.proto.udp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.UdpHeader;

/**
 * Writes datagrams for the guest as frames. Over IPv4 they carry no checksum, which RFC 768 allows:
 * nothing lies between us and the guest that could damage them.
 */
final class UdpFrameWriter {
  /** The longest frame that a link takes. */
  private static final int MAX_FRAME = 65535;

  private static final int HEADERS4 = EthernetHeader.LENGTH + Ipv4Header.LENGTH + UdpHeader.LENGTH;
  private static final int HEADERS6 = EthernetHeader.LENGTH + Ipv6Header.LENGTH + UdpHeader.LENGTH;

  private final FrameSink sink;
  private final GuestAddresses guest;

  UdpFrameWriter(FrameSink sink, GuestAddresses guest) {
    this.sink = sink;
    this.guest = guest;
  }

  /** The longest payload that a frame can hold. */
  static int maxPayload(boolean ipv4) {
    return MAX_FRAME - (ipv4 ? HEADERS4 : HEADERS6);
  }

  /**
   * Writes and publishes one frame.
   *
   * @param side says where the guest's endpoint is
   * @param sourceHi first half of the sender as the guest knows it
   * @param sourceLo second half
   * @param sourcePort its port
   * @param mac its Ethernet address
   * @param length of the payload, at most {@link #maxPayload}
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
      int length) {
    boolean ipv4 = side.isIpv4();
    int frameLength = (ipv4 ? HEADERS4 : HEADERS6) + length;
    long frame = sink.lend(frameLength);
    if (frame == FrameSink.NO_ROOM) {
      return false;
    }
    MemorySegment s = sink.memory();
    int udpLength = UdpHeader.LENGTH + length;
    int type = ipv4 ? EthernetHeader.TYPE_IPV4 : EthernetHeader.TYPE_IPV6;
    EthernetHeader.write(s, frame, guest.mac(), mac, type);
    long ip = frame + EthernetHeader.LENGTH;
    long udp = ip + (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH);
    UdpHeader.write(s, udp, sourcePort, side.endpointPort(), udpLength);
    MemorySegment.copy(payload, at, s, udp + UdpHeader.LENGTH, length);
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
      UdpHeader.fillChecksum(s, udp, Ipv6Header.pseudoHeader(s, ip, IpProtocol.UDP, udpLength));
    }
    sink.publish(frameLength);
    return true;
  }
}
