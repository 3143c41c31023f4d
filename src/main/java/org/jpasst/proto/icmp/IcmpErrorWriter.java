package org.jpasst.proto.icmp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.AnswerLimit;
import org.jpasst.proto.GuestFrame;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.PathMtu;

/**
 * Tells the guest that a packet of its didn't arrive: writes ICMP and ICMPv6 errors (RFC 792, RFC
 * 4443) that quote it. The quoted IP header is rebuilt from the flow's guest side; what follows it
 * is the caller's.
 *
 * <p>No error is written about packets to multicast or broadcast addresses (RFC 1122 section
 * 3.2.2). Frames are lent as replies and published; the caller's turn flushes.
 */
public final class IcmpErrorWriter {
  private final AddressTranslation translation;
  private final MacLookup macs;
  private final AnswerLimit limit;
  private final GuestFrame frame;
  private final IpFrame quoted = new IpFrame();

  /** The guest's endpoint, and as ours who reports the error. */
  private final FlowSide reporter = new FlowSide();

  /** Writes to a sink, as the guest knows the senders, and no more than a limit admits. */
  public IcmpErrorWriter(
      FrameSink sink,
      GuestAddresses guest,
      AddressTranslation translation,
      MacLookup macs,
      AnswerLimit limit) {
    this.translation = translation;
    this.macs = macs;
    this.limit = limit;
    frame = new GuestFrame(sink, guest);
  }

  /**
   * Passes on an error that a node of the network reported. It comes from that node, presented as
   * the guest knows it; from us where the guest can't know it, as with errors that the host itself
   * found.
   *
   * @param host the flow's side on the host
   * @param error stands at the entry, whose message is one of the flow's IP version
   */
  public void report(Quote quote, FlowSide host, ErrorQueue error) {
    reporter.set(quote.guest());
    long hi = error.offenderHi();
    long lo = error.offenderLo();
    if (hi != host.endpointHi() || lo != host.endpointLo()) {
      fromNode(quote.guest(), translation.presentedHi(hi, lo), translation.presentedLo(hi, lo));
    }
    write(quote, error.type(), error.code(), error.info());
  }

  /**
   * Tells what a socket call said, in our own name. Nothing where the error number is about the
   * host's means, not about the network.
   *
   * @param errno positive or negated
   * @param info the MTU for EMSGSIZE
   */
  public void reportErrno(Quote quote, int errno, int info) {
    FlowSide guest = quote.guest();
    int message = IcmpErrorCode.of(errno, guest.isIpv4());
    if (message != IcmpErrorCode.NONE) {
      reporter.set(guest);
      fromUs(guest);
      write(quote, message >> 8, message & 0xff, info);
    }
  }

  private void fromNode(FlowSide guest, long hi, long lo) {
    if (IpAddress.isUnspecified(hi, lo) || IpAddress.isIpv4(hi, lo) != guest.isIpv4()) {
      fromUs(guest);
    } else {
      reporter.setOur(hi, lo, 0);
    }
  }

  private void fromUs(FlowSide guest) {
    IpAddress our = translation.ourAddress(guest.isIpv4());
    if (!our.isUnspecified()) {
      reporter.setOur(our.hi(), our.lo(), 0);
    }
  }

  private void write(Quote quote, int type, int code, int info) {
    FlowSide guest = quote.guest();
    if (!IpAddress.isUnicast(guest.ourHi(), guest.ourLo()) || !limit.admits()) {
      return;
    }
    boolean ipv4 = guest.isIpv4();
    int length = IcmpHeader.LENGTH + IpFrame.ipLength(ipv4) + quote.length();
    long mac = macs.macOf(reporter.ourHi(), reporter.ourLo());
    if (!frame.lendControl(reporter, mac, length)) {
      return;
    }
    MemorySegment s = frame.memory();
    long icmp = frame.transportAt();
    // What follows is the same for both: ICMPv6's header is like ICMP's.
    IcmpHeader.write(s, icmp, type, code, ipv4 ? mtu4(type, code, info) : mtu6(type, info));
    quoted.beginPacket(s, icmp + IcmpHeader.LENGTH, ipv4);
    quoted.from(0, guest.endpointHi(), guest.endpointLo());
    quoted.to(0, guest.ourHi(), guest.ourLo());
    quoted.finishPacket(quote.protocol(), quote.length());
    quote.copyTo(s, quoted.transportAt());
    frame.finish(IpProtocol.icmp(ipv4), length);
    Icmpv6Header.fillChecksum(s, icmp, length, frame.pseudoHeader());
    frame.publish();
  }

  /** Routers older than RFC 1191 tell no MTU: zero is passed on as zero. */
  private static int mtu4(int type, int code, int info) {
    boolean tooBig =
        type == IcmpHeader.DESTINATION_UNREACHABLE && code == IcmpHeader.FRAGMENTATION_NEEDED;
    return tooBig && info > 0 ? Math.clamp(info, PathMtu.MINIMUM4, 0xffff) : 0;
  }

  private static int mtu6(int type, int info) {
    return type == Icmpv6Header.PACKET_TOO_BIG ? Math.max(info, PathMtu.MINIMUM6) : 0;
  }
}
