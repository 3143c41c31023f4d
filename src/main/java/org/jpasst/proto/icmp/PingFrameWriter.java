package org.jpasst.proto.icmp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.proto.GuestFrame;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;

/** Writes echo replies for the guest as frames. */
final class PingFrameWriter {
  private final GuestFrame frame;

  PingFrameWriter(FrameSink sink, GuestAddresses guest) {
    frame = new GuestFrame(sink, guest);
  }

  /** The longest message, from its ICMP header on, that a frame can hold. */
  static int maxMessage(boolean ipv4) {
    return FrameSink.MAX_FRAME - IpFrame.headersLength(ipv4);
  }

  /**
   * Writes and publishes a reply, with the identifier that the guest used.
   *
   * @param side the flow's guest side
   * @param mac Ethernet address it comes from
   * @param message the reply from its ICMP header on, at offset 0
   * @param length at least 8, at most {@link #maxMessage}
   * @return false where the link has no room
   */
  boolean write(FlowSide side, long mac, MemorySegment message, int length) {
    if (!frame.lend(side, mac, length)) {
      return false;
    }
    MemorySegment s = frame.memory();
    long icmp = frame.transportAt();
    MemorySegment.copy(message, 0, s, icmp, length);
    IcmpHeader.identifier(s, icmp, side.endpointPort());
    frame.finish(IpProtocol.icmp(side.isIpv4()), length);
    // The same for ICMP, whose pseudo header is none.
    Icmpv6Header.fillChecksum(s, icmp, length, frame.pseudoHeader());
    frame.publish();
    return true;
  }
}
