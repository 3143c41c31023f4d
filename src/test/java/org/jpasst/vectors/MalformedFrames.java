package org.jpasst.vectors;

import java.util.ArrayList;
import java.util.List;

/** What can go wrong with one good frame: cut short, or a byte changed. */
final class MalformedFrames {
  /** The shortest frame that the stream's framing lets through. */
  private static final int SHORTEST = 14;

  /** Headers of everything, and the whole of most messages of the configuration protocols. */
  private static final int HEADERS = 400;

  private static final int[] CHANGES = {0xff, 0x01, 0x80};
  private static final int ARP_LENGTH = 42;
  private static final int VERSION = 14;
  private static final int IPV6_FLOW_LABEL_END = 18;
  private static final int IPV6_HOP_LIMIT = 21;

  private MalformedFrames() {}

  /** The frame cut at every length that leaves something of its packet missing. */
  static List<Frame> truncations(Frame frame) {
    var cut = new ArrayList<Frame>();
    for (int length = SHORTEST; length < end(frame); length++) {
      cut.add(Frame.of(frame.range(0, length)));
    }
    return cut;
  }

  /** The frame with one byte of its headers changed, where a receiver must notice. */
  static List<Frame> noticeableChanges(Frame frame) {
    return changes(frame, true);
  }

  /** The frame with one byte of its headers changed, where the result may be another good frame. */
  static List<Frame> otherChanges(Frame frame) {
    return changes(frame, false);
  }

  /** The frame with one byte of its headers changed and all checksums made right again. */
  static List<Frame> changesWithChecksums(Frame frame) {
    var changed = new ArrayList<Frame>();
    for (int at = SHORTEST; at < Math.min(end(frame), HEADERS); at++) {
      changed.add(withChecksums(frame.with(at, (byte) (frame.u8(at) ^ 0xff))));
    }
    return changed;
  }

  /** Makes the checksums right, as far as the frame has fields for them. */
  static Frame withChecksums(Frame frame) {
    try {
      return frame.withHeaderChecksum().withTransportChecksum();
    } catch (IndexOutOfBoundsException e) {
      return frame;
    }
  }

  private static List<Frame> changes(Frame frame, boolean noticeable) {
    var changed = new ArrayList<Frame>();
    for (int at = 0; at < Math.min(frame.length(), HEADERS); at++) {
      for (int change : CHANGES) {
        Frame result = frame.with(at, (byte) (frame.u8(at) ^ change));
        if (mustBeNoticed(frame, at, result) == noticeable) {
          changed.add(result);
        }
      }
    }
    return changed;
  }

  private static boolean mustBeNoticed(Frame frame, int at, Frame changed) {
    if (!isGood(frame) || at < 12 || at >= end(frame)) {
      return false;
    }
    return at < SHORTEST
        || switch (frame.etherType()) {
          case Frame.ARP -> at < 22;
          case Frame.IPV4 -> at < frame.transportAt() || checksumFails(changed);
          default -> mustBeNoticedInIpv6(frame, at, changed);
        };
  }

  private static boolean mustBeNoticedInIpv6(Frame frame, int at, Frame changed) {
    if (at == VERSION) {
      return changed.u8(at) >> 4 != 6;
    }
    if (at < IPV6_FLOW_LABEL_END) {
      return false;
    }
    if (at == IPV6_HOP_LIMIT) {
      int type = frame.u8(frame.transportAt());
      return frame.protocol() == Frame.ICMPV6 && type >= 133 && type <= 137;
    }
    return true;
  }

  /** A UDP checksum of 0 says that there is none. */
  private static boolean checksumFails(Frame frame) {
    return !frame.isUdp() || frame.u16(frame.transportAt() + 6) != 0;
  }

  /** Whether the frame is a whole packet of a protocol that has a checksum, or an ARP request. */
  private static boolean isGood(Frame frame) {
    int length = frame.length();
    boolean whole =
        switch (frame.etherType()) {
          case Frame.ARP ->
              length >= ARP_LENGTH
                  && frame.u16(14) == 1
                  && frame.u16(16) == 0x0800
                  && frame.u16(20) == 1;
          case Frame.IPV4 ->
              length >= 34
                  && frame.u8(VERSION) == 0x45
                  && frame.u16(16) >= 20
                  && frame.u16(16) <= length - SHORTEST;
          case Frame.IPV6 -> length >= 54 && frame.u16(18) <= length - 54;
          default -> false;
        };
    return whole && (frame.etherType() == Frame.ARP || hasChecksum(frame) && frame.checksumsHold());
  }

  private static boolean hasChecksum(Frame frame) {
    return switch (frame.protocol()) {
      case Frame.TCP -> frame.isTcp();
      case Frame.UDP -> frame.isUdp() && frame.u16(frame.transportAt() + 6) != 0;
      case Frame.ICMP, Frame.ICMPV6 -> frame.transportEnd() >= frame.transportAt() + 4;
      default -> false;
    };
  }

  /** Where the packet in the frame ends; the frame's own end if it does not say. */
  private static int end(Frame frame) {
    return switch (frame.etherType()) {
      case Frame.ARP -> Math.min(frame.length(), ARP_LENGTH);
      case Frame.IPV4 -> frame.length() < 34 ? frame.length() : frame.transportEnd();
      case Frame.IPV6 -> frame.length() < 54 ? frame.length() : frame.transportEnd();
      default -> frame.length();
    };
  }
}
