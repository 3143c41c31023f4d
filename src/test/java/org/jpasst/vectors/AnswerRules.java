package org.jpasst.vectors;

import java.net.InetAddress;
import java.util.Optional;

/** What must hold for every frame that a back-end sends, whatever it was sent. */
final class AnswerRules {
  private static final int SHORTEST = 60;

  private AnswerRules() {}

  /** What is wrong with a frame, if anything. */
  static Optional<String> violation(Frame frame) {
    if (frame.length() < SHORTEST) {
      return Optional.of("shorter than Ethernet allows");
    }
    if ((frame.u8(6) & 1) != 0) {
      return Optional.of("a group address as Ethernet source");
    }
    return switch (frame.etherType()) {
      case Frame.ARP -> arp(frame);
      case Frame.IPV4, Frame.IPV6 -> ip(frame);
      default -> Optional.of("unknown ethertype");
    };
  }

  private static Optional<String> arp(Frame frame) {
    boolean good =
        frame.u16(14) == 1
            && frame.u16(16) == Frame.IPV4
            && frame.u16(18) == 0x0604
            && (frame.u16(20) == 1 || frame.u16(20) == 2);
    return good ? Optional.empty() : Optional.of("not ARP for IPv4 over Ethernet");
  }

  private static Optional<String> ip(Frame frame) {
    boolean overIpv4 = frame.etherType() == Frame.IPV4;
    if (frame.u8(14) >> 4 != (overIpv4 ? 4 : 6)) {
      return Optional.of("wrong IP version");
    }
    int length = overIpv4 ? 14 + frame.u16(16) : 54 + frame.u16(18);
    if (length > frame.length()) {
      return Optional.of("packet longer than its frame");
    }
    if (length < frame.length() && frame.length() > SHORTEST) {
      return Optional.of("bytes behind the packet");
    }
    if (!frame.checksumsHold()) {
      return Optional.of("wrong checksum");
    }
    InetAddress source = frame.source();
    if (source.isLoopbackAddress() || source.isMulticastAddress() || source.isAnyLocalAddress()) {
      return Optional.of("no host may send from " + source.getHostAddress());
    }
    InetAddress destination = frame.destination();
    if (destination.isLoopbackAddress() || destination.isAnyLocalAddress()) {
      return Optional.of("no host may be sent to " + destination.getHostAddress());
    }
    return icmpError(frame).flatMap(AnswerRules::quoted);
  }

  /** Where the packet begins that an ICMP or ICMPv6 error quotes. */
  private static Optional<Frame> icmpError(Frame frame) {
    int at =
        frame.protocol() == Frame.ICMP || frame.protocol() == Frame.ICMPV6
            ? frame.transportAt()
            : -1;
    if (at < 0) {
      return Optional.empty();
    }
    int type = frame.u8(at);
    boolean error =
        frame.protocol() == Frame.ICMP ? type == 3 || type == 11 || type == 12 : type < 128;
    return error
        ? Optional.of(Frame.of(frame.range(at - 14 + 8, frame.length())))
        : Optional.empty();
  }

  /** An error is not sent about an error (RFC 1122 section 3.2.2, RFC 4443 section 2.4). */
  private static Optional<String> quoted(Frame quoted) {
    boolean overIpv4 = quoted.u8(14) >> 4 == 4;
    int protocol = quoted.u8(overIpv4 ? 23 : 20);
    return protocol == Frame.UDP
            || protocol == Frame.TCP
            || protocol == Frame.ICMP
            || protocol == Frame.ICMPV6
        ? Optional.empty()
        : Optional.of("an error about protocol " + protocol);
  }
}
