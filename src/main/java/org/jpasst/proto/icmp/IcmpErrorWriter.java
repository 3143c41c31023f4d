package org.jpasst.proto.icmp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;

/**
 * Tells the guest that a packet of its didn't arrive: writes ICMP and ICMPv6 errors (RFC 792, RFC
 * 4443) that quote it. The quoted IP header is rebuilt from the flow's guest side; what follows it
 * is the caller's.
 *
 * <p>No error is written about packets to multicast or broadcast addresses (RFC 1122 section
 * 3.2.2). Frames are lent as replies and published; the caller's turn flushes.
 */
public final class IcmpErrorWriter {
  /** Payload quoted after an eight-byte transport header over IPv4 (RFC 792: 64 bits of data). */
  public static final int PAYLOAD4 = 8;

  /** Payload quoted over IPv6: as much as fits into 1280 bytes (RFC 4443 section 3.1). */
  public static final int PAYLOAD6 = 1232 - Ipv6Header.LENGTH - 8;

  private static final int MINIMUM_MTU4 = 68; // RFC 791 section 3.2
  private static final int MINIMUM_MTU6 = 1280; // RFC 8200 section 5

  private final FrameSink sink;
  private final GuestAddresses guest;
  private final AddressTranslation translation;
  private final MacLookup macs;
  private long sourceHi;
  private long sourceLo;

  /** Writes to a sink, as the guest knows the senders. */
  public IcmpErrorWriter(
      FrameSink sink, GuestAddresses guest, AddressTranslation translation, MacLookup macs) {
    this.sink = sink;
    this.guest = guest;
    this.translation = translation;
    this.macs = macs;
  }

  /**
   * Passes on an error that a node of the network reported. It comes from that node, presented as
   * the guest knows it; from us where the guest can't know it, as with errors that the host itself
   * found.
   *
   * @param guestSide the flow's side on the guest's link
   * @param hostSide the flow's side on the host
   * @param protocol of the quoted packet, see {@link IpProtocol}
   * @param type of the message of the flow's IP version
   * @param code within the type
   * @param info the MTU where the message has one
   * @param offenderHi first half of the node's address
   * @param offenderLo second half
   * @param quote holds the quoted packet from its transport header on
   * @param at where it begins there
   * @param length how much to quote, in bytes
   */
  public void report(
      FlowSide guestSide,
      FlowSide hostSide,
      int protocol,
      int type,
      int code,
      int info,
      long offenderHi,
      long offenderLo,
      MemorySegment quote,
      long at,
      int length) {
    if (offenderHi == hostSide.endpointHi() && offenderLo == hostSide.endpointLo()) {
      sourceHi = guestSide.ourHi();
      sourceLo = guestSide.ourLo();
    } else {
      sourceHi = translation.presentedHi(offenderHi, offenderLo);
      sourceLo = translation.presentedLo(offenderHi, offenderLo);
      if (IpAddress.isUnspecified(sourceHi, sourceLo)
          || IpAddress.isIpv4(sourceHi, sourceLo) != guestSide.isIpv4()) {
        fromUs(guestSide);
      }
    }
    write(guestSide, protocol, type, code, info, quote, at, length);
  }

  /**
   * Tells what a socket call said, in our own name. Nothing where the error number is about the
   * host's means, not about the network.
   *
   * @param errno positive or negated
   * @param info the MTU for EMSGSIZE
   */
  public void reportErrno(
      FlowSide guestSide,
      int protocol,
      int errno,
      int info,
      MemorySegment quote,
      long at,
      int length) {
    int message = IcmpErrorCode.of(errno, guestSide.isIpv4());
    if (message != IcmpErrorCode.NONE) {
      fromUs(guestSide);
      write(guestSide, protocol, message >> 8, message & 0xff, info, quote, at, length);
    }
  }

  private void fromUs(FlowSide guestSide) {
    IpAddress our = translation.ourAddress(guestSide.isIpv4());
    boolean known = !our.isUnspecified();
    sourceHi = known ? our.hi() : guestSide.ourHi();
    sourceLo = known ? our.lo() : guestSide.ourLo();
  }

  private void write(
      FlowSide side,
      int protocol,
      int type,
      int code,
      int info,
      MemorySegment quote,
      long at,
      int length) {
    if (!IpAddress.isUnicast(side.ourHi(), side.ourLo())) {
      return;
    }
    if (side.isIpv4()) {
      write4(side, protocol, type, code, info, quote, at, length);
    } else {
      write6(side, protocol, type, code, info, quote, at, length);
    }
  }

  private void write4(
      FlowSide side,
      int protocol,
      int type,
      int code,
      int info,
      MemorySegment quote,
      long at,
      int length) {
    int icmpLength = IcmpHeader.LENGTH + Ipv4Header.LENGTH + length;
    int frameLength = EthernetHeader.LENGTH + Ipv4Header.LENGTH + icmpLength;
    LentFrame lent = sink.lendControl(frameLength);
    if (lent.isNone()) {
      return;
    }
    MemorySegment s = lent.memory();
    long frame = lent.at();
    long ip = ethernet(s, frame, side, EthernetHeader.TYPE_IPV4);
    Ipv4Header.write(
        s,
        ip,
        Ipv4Header.LENGTH + icmpLength,
        IpProtocol.ICMP,
        (int) sourceLo,
        (int) side.endpointLo());
    long icmp = ip + Ipv4Header.LENGTH;
    boolean tooBig =
        type == IcmpHeader.DESTINATION_UNREACHABLE && code == IcmpHeader.FRAGMENTATION_NEEDED;
    // Routers older than RFC 1191 tell no MTU: zero is passed on as zero.
    boolean hasMtu = tooBig && info > 0;
    IcmpHeader.write(s, icmp, type, code, hasMtu ? Math.clamp(info, MINIMUM_MTU4, 0xffff) : 0);
    long quoted = icmp + IcmpHeader.LENGTH;
    Ipv4Header.write(
        s,
        quoted,
        Ipv4Header.LENGTH + length,
        protocol,
        (int) side.endpointLo(),
        (int) side.ourLo());
    MemorySegment.copy(quote, at, s, quoted + Ipv4Header.LENGTH, length);
    IcmpHeader.fillChecksum(s, icmp, icmpLength);
    sink.publish(lent, frameLength);
  }

  private void write6(
      FlowSide side,
      int protocol,
      int type,
      int code,
      int info,
      MemorySegment quote,
      long at,
      int length) {
    int icmpLength = Icmpv6Header.LENGTH + Ipv6Header.LENGTH + length;
    int frameLength = EthernetHeader.LENGTH + Ipv6Header.LENGTH + icmpLength;
    LentFrame lent = sink.lendControl(frameLength);
    if (lent.isNone()) {
      return;
    }
    MemorySegment s = lent.memory();
    long frame = lent.at();
    long ip = ethernet(s, frame, side, EthernetHeader.TYPE_IPV6);
    Ipv6Header.write(
        s,
        ip,
        0,
        icmpLength,
        IpProtocol.ICMPV6,
        sourceHi,
        sourceLo,
        side.endpointHi(),
        side.endpointLo());
    long icmp = ip + Ipv6Header.LENGTH;
    Icmpv6Header.write(
        s,
        icmp,
        type,
        code,
        type == Icmpv6Header.PACKET_TOO_BIG ? Math.max(info, MINIMUM_MTU6) : 0);
    long quoted = icmp + Icmpv6Header.LENGTH;
    Ipv6Header.write(
        s,
        quoted,
        0,
        length,
        protocol,
        side.endpointHi(),
        side.endpointLo(),
        side.ourHi(),
        side.ourLo());
    MemorySegment.copy(quote, at, s, quoted + Ipv6Header.LENGTH, length);
    long pseudoHeader = Ipv6Header.pseudoHeader(s, ip, IpProtocol.ICMPV6, icmpLength);
    Icmpv6Header.fillChecksum(s, icmp, icmpLength, pseudoHeader);
    sink.publish(lent, frameLength);
  }

  private long ethernet(MemorySegment s, long frame, FlowSide side, int type) {
    long guestMac = guest.macOf(side.endpointHi(), side.endpointLo());
    EthernetHeader.write(s, frame, guestMac, macs.macOf(sourceHi, sourceLo), type);
    return frame + EthernetHeader.LENGTH;
  }
}
