package org.jpasst.proto.udp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.Segmentation;
import org.jpasst.proto.GuestFrame;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.UdpHeader;

/**
 * Writes datagrams for the guest as frames. Over IPv4 they carry no checksum, which RFC 768 allows:
 * nothing lies between us and the guest that could damage them.
 */
final class UdpFrameWriter {
  private final FrameSink sink;
  private final GuestFrame frame;

  UdpFrameWriter(FrameSink sink, GuestAddresses guest) {
    this.sink = sink;
    frame = new GuestFrame(sink, guest);
  }

  /** The longest payload that a frame can hold. */
  static int maxPayload(boolean ipv4) {
    return FrameSink.MAX_FRAME - IpFrame.headersLength(ipv4) - UdpHeader.LENGTH;
  }

  /** Whether the guest cuts up frames of several datagrams itself. */
  boolean takesSeveral(boolean ipv4) {
    return sink.capabilities().udp(ipv4);
  }

  /**
   * Writes and publishes one frame: of one datagram, or of several of the same sender.
   *
   * @param side the guest's endpoint, and as ours the sender as the guest knows it
   * @param mac the sender's Ethernet address
   * @param length of the payload, at most {@link #maxPayload}
   * @param size of each datagram's payload but the last; where that is less than {@code length},
   *     the guest {@link #takesSeveral}
   * @return false where the link has no room; then nothing has happened
   */
  boolean write(FlowSide side, long mac, MemorySegment payload, long at, int length, int size) {
    if (!frame.lend(side, mac, UdpHeader.LENGTH, length)) {
      return false;
    }
    MemorySegment s = frame.memory();
    long udp = frame.transportAt();
    int udpLength = UdpHeader.LENGTH + length;
    UdpHeader.write(s, udp, side.ourPort(), side.endpointPort(), udpLength);
    frame.fill(payload, at, length);
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
}
