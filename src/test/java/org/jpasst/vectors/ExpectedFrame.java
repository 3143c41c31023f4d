package org.jpasst.vectors;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A frame that the back-end is expected to send, and the bytes of it that may have any value.
 *
 * @param frame the frame as recorded
 * @param variable ranges of bytes that nothing is expected of
 */
public record ExpectedFrame(Frame frame, List<Range> variable) {
  private static final int DHCPV6_SERVER_PORT = 547;
  private static final int DHCPV6_IA_NA = 3;
  private static final int DHCP_SERVER = 67;
  private static final int DHCP_FIXED = 240;
  private static final int DHCP_LEASE_TIME = 51;
  private static final int DHCP_END = 255;
  private static final long FOR_EVER = 0xffff_ffffL;
  private static final int NO_OPERATION = 1;
  private static final int TIMESTAMPS = 8;

  /**
   * A range of bytes of a frame.
   *
   * @param offset the first byte, counted from the start of the frame
   * @param length number of bytes
   */
  public record Range(int offset, int length) {
    boolean holds(int at) {
      return at >= offset && at < offset + length;
    }
  }

  /**
   * Adds to the recorded ranges those that the recordings did not vary in, but that are the
   * sender's choice: IPv6's flow label (RFC 6437), how long a lease lasts that passt gives for
   * ever, the time in a DUID-LLT (RFC 8415 section 11.2) and the checksum over it, a TCP segment's
   * sequence and acknowledgement number, window, timestamps and checksum.
   */
  static ExpectedFrame of(Frame frame, List<Range> recorded) {
    var variable = new ArrayList<>(recorded);
    if (frame.etherType() == Frame.IPV6) {
      variable.add(new Range(15, 3));
    }
    if (isDhcpv6Answer(frame)) {
      variable.add(new Range(frame.transportAt() + 6, 2));
      dhcpv6ServerId(frame)
          .filter(each -> each.length() == 14)
          .ifPresent(each -> variable.add(new Range(each.offset() + 4, 4)));
      variable.addAll(dhcpv6Lifetimes(frame));
    }
    if (isDhcpAnswer(frame)) {
      dhcpLeaseTime(frame).ifPresent(variable::add);
    }
    if (frame.isTcp()) {
      variable.add(new Range(frame.transportAt() + 4, 8));
      variable.add(new Range(frame.transportAt() + 14, 4));
      tcpTimestamps(frame).ifPresent(variable::add);
    }
    return new ExpectedFrame(frame, List.copyOf(variable));
  }

  /** Whether a frame is as expected. */
  public boolean matches(Frame actual) {
    return difference(actual).isEmpty();
  }

  /** What is wrong with a frame; nothing if it is as expected. */
  public Optional<String> difference(Frame actual) {
    int common = Math.min(frame.length(), actual.length());
    for (int at = 0; at < common; at++) {
      if (frame.u8(at) != actual.u8(at) && !isVariable(at)) {
        return Optional.of(report("differs at offset " + at, actual));
      }
    }
    if (frame.length() != actual.length()) {
      return Optional.of(report("has another length", actual));
    }
    if (!actual.checksumsHold() && frame.checksumsHold()) {
      return Optional.of(report("has a wrong checksum", actual));
    }
    return Optional.empty();
  }

  /** The values of a segment's timestamps option (RFC 7323 section 3.2). */
  private static Optional<Range> tcpTimestamps(Frame frame) {
    int end = frame.transportEnd() - frame.payload().length;
    int at = frame.transportAt() + 20;
    while (at < end && frame.u8(at) != 0) {
      if (frame.u8(at) == TIMESTAMPS) {
        return Optional.of(new Range(at + 2, 8));
      }
      at += frame.u8(at) == NO_OPERATION ? 1 : Math.max(2, frame.u8(at + 1));
    }
    return Optional.empty();
  }

  /** The value of option 51 (RFC 2132 section 9.2), if that is "for ever". */
  private static Optional<Range> dhcpLeaseTime(Frame frame) {
    int at = frame.transportAt() + 8 + DHCP_FIXED;
    while (at + 6 <= frame.transportEnd() && frame.u8(at) != DHCP_END) {
      if (frame.u8(at) == DHCP_LEASE_TIME && frame.u32(at + 2) == FOR_EVER) {
        return Optional.of(new Range(at + 2, 4));
      }
      at += frame.u8(at) == 0 ? 1 : 2 + frame.u8(at + 1);
    }
    return Optional.empty();
  }

  /** The times of an IA_NA and of the address in it (RFC 8415 section 21.4), if "for ever". */
  private static List<Range> dhcpv6Lifetimes(Frame frame) {
    var found = new ArrayList<Range>();
    int at = frame.transportAt() + 8 + 4;
    while (at + 4 <= frame.transportEnd()) {
      int length = frame.u16(at + 2);
      if (frame.u16(at) == DHCPV6_IA_NA) {
        int times = at + 8;
        int ofAddress = at + 16 + 4 + 16;
        if (frame.u32(times) == FOR_EVER) {
          found.add(new Range(times, 8));
        }
        if (length >= 40 && frame.u32(ofAddress) == FOR_EVER) {
          found.add(new Range(ofAddress, 8));
        }
      }
      at += 4 + length;
    }
    return found;
  }

  /** Where the server identifier's value lies in a DHCPv6 frame, sent by either side. */
  static Optional<Range> dhcpv6ServerId(Frame frame) {
    int at = frame.transportAt() + 8 + 4;
    while (at + 4 <= frame.transportEnd()) {
      int length = frame.u16(at + 2);
      if (frame.u16(at) == 2 && at + 4 + length <= frame.transportEnd()) {
        return Optional.of(new Range(at + 4, length));
      }
      at += 4 + length;
    }
    return Optional.empty();
  }

  private static boolean isDhcpAnswer(Frame frame) {
    return frame.etherType() == Frame.IPV4 && frame.isUdp() && frame.sourcePort() == DHCP_SERVER;
  }

  static boolean isDhcpv6Answer(Frame frame) {
    return isUdp6(frame) && frame.sourcePort() == DHCPV6_SERVER_PORT;
  }

  static boolean isDhcpv6Request(Frame frame) {
    return isUdp6(frame) && frame.destinationPort() == DHCPV6_SERVER_PORT;
  }

  private static boolean isUdp6(Frame frame) {
    return frame.etherType() == Frame.IPV6 && frame.isUdp();
  }

  private boolean isVariable(int at) {
    return variable.stream().anyMatch(each -> each.holds(at));
  }

  private String report(String what, Frame actual) {
    return "frame %s%n  expected %s%n  received %s".formatted(what, frame, actual);
  }
}
