package org.jpasst.proto.icmp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;

/** Writes echo replies for the guest as frames. */
final class PingFrameWriter {
  private final FrameSink sink;
  private final GuestAddresses guest;

  PingFrameWriter(FrameSink sink, GuestAddresses guest) {
    this.sink = sink;
    this.guest = guest;
  }

  /** The longest message, from its ICMP header on, that a frame can hold. */
  static int maxMessage(boolean ipv4) {
    return FrameSink.MAX_FRAME
        - EthernetHeader.LENGTH
        - (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH);
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
    boolean ipv4 = side.isIpv4();
    int header = EthernetHeader.LENGTH + (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH);
    LentFrame lent = sink.lend(header + length);
    if (lent.isNone()) {
      return false;
    }
    MemorySegment s = lent.memory();
    long frame = lent.at();
    long ip = frame + EthernetHeader.LENGTH;
    long icmp = frame + header;
    int type = ipv4 ? EthernetHeader.TYPE_IPV4 : EthernetHeader.TYPE_IPV6;
    EthernetHeader.write(s, frame, guest.macOf(side.endpointHi(), side.endpointLo()), mac, type);
    MemorySegment.copy(message, 0, s, icmp, length);
    IcmpHeader.identifier(s, icmp, side.endpointPort());
    if (ipv4) {
      Ipv4Header.write(
          s,
          ip,
          Ipv4Header.LENGTH + length,
          IpProtocol.ICMP,
          (int) side.ourLo(),
          (int) side.endpointLo());
      IcmpHeader.fillChecksum(s, icmp, length);
    } else {
      Ipv6Header.write(
          s,
          ip,
          0,
          length,
          IpProtocol.ICMPV6,
          side.ourHi(),
          side.ourLo(),
          side.endpointHi(),
          side.endpointLo());
      long pseudoHeader = Ipv6Header.pseudoHeader(s, ip, IpProtocol.ICMPV6, length);
      Icmpv6Header.fillChecksum(s, icmp, length, pseudoHeader);
    }
    sink.publish(lent, header + length);
    return true;
  }
}
