package org.jpasst.guest.vhostuser;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jpasst.guest.Frame;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;

/**
 * A checksum that the guest has only begun (virtio 1.3 section 5.1.6.2). Mostly it is that of the
 * packet's own TCP or UDP header, which never goes over a wire; but it may be one inside, of a
 * tunnel of the guest's, which does. Stateless.
 */
final class PartialChecksum {
  private static final int FIELD = Short.BYTES;

  /** Where UDP has its checksum; there, zero would mean that there is none. */
  private static final int OFFSET_IN_UDP = 6;

  private static final ValueLayout.OfShort BE16 =
      JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private PartialChecksum() {}

  /**
   * Whether the sum starts at the header right behind the IP header, so that it needn't be
   * completed.
   *
   * @param start counted from the frame's first byte
   */
  static boolean isOfTransport(Frame frame, int start) {
    int tag = isTagged(frame) ? EthernetHeader.TAG_LENGTH : 0;
    int ip = EthernetHeader.LENGTH + tag;
    if (frame.headLength() < ip + Ipv4Header.LENGTH) {
      return false;
    }
    MemorySegment s = frame.memory();
    long ipAt = frame.at() + ip;
    return switch (EthernetHeader.type(s, frame.at() + tag)) {
      case EthernetHeader.TYPE_IPV4 ->
          start == ip + (s.get(JAVA_BYTE, ipAt) & 0xf) * Integer.BYTES
              && isTransport(Ipv4Header.protocol(s, ipAt));
      case EthernetHeader.TYPE_IPV6 ->
          start == ip + Ipv6Header.LENGTH && isTransport(Ipv6Header.nextHeader(s, ipAt));
      default -> false;
    };
  }

  /** Whether a VLAN's tag, or a priority's, is in front of the packet (IEEE 802.1Q). */
  private static boolean isTagged(Frame frame) {
    return EthernetHeader.type(frame.memory(), frame.at()) == EthernetHeader.TYPE_TAG;
  }

  private static boolean isTransport(int protocol) {
    return protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
  }

  /**
   * Completes the checksum, in the frame's head.
   *
   * @param start where the sum starts, counted from the frame's first byte; it goes to the end
   * @param offset of the field from there
   * @return false if the field isn't in the head
   */
  static boolean complete(Frame frame, int start, int offset) {
    if (start + offset + FIELD > frame.headLength()) {
      return false;
    }
    long from = frame.at() + start;
    int sum = InternetChecksum.complement(frame.sum(from, frame.length() - start));
    boolean none = sum == 0 && offset == OFFSET_IN_UDP;
    frame.memory().set(BE16, from + offset, (short) (none ? 0xffff : sum));
    return true;
  }
}
