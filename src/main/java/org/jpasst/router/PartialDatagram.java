package org.jpasst.router;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Frame;
import org.jpasst.guest.Segmentation;
import org.jpasst.linux.ZeroPages;
import org.jpasst.proto.Packet;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6FragmentHeader;
import org.jpasst.wire.Ipv6Header;

/**
 * A datagram of the guest's of which some fragments have come (RFC 791 section 3.2, RFC 8200
 * section 4.5), and in the end the frame that it would have been if the guest hadn't cut it up. One
 * object is used for one datagram after the other.
 *
 * <p>Extension headers in front of the fragment header end with their fragment: none of them says
 * anything that the datagram's way depends on.
 */
final class PartialDatagram {
  /** What has become of a datagram with one fragment more. */
  enum State {
    /** Others are yet to come. */
    WAITING,
    /** It is whole. */
    WHOLE,
    /** Its fragments contradict each other: all of it is void (RFC 5722 section 4). */
    VOID
  }

  private static final int UNIT = 8;
  private static final int MOST = 65_535;
  private static final int UNKNOWN = -1;

  /** Room for Ethernet's header and any IP header; the payload begins behind it. */
  private static final int PAYLOAD_AT = 80;

  private static final int IPV6_FIRST = Ipv6Header.LENGTH + Ipv6FragmentHeader.LENGTH;

  /** ECN: congestion experienced (RFC 3168 section 5). */
  private static final int CE = 3;

  private final MemorySegment memory = ZeroPages.map(PAYLOAD_AT + MOST + 1L);
  private final FragmentUnits arrived = new FragmentUnits();
  private final FragmentUnits starts = new FragmentUnits();
  private boolean ipv4;
  private long sourceHi;
  private long sourceLo;
  private long destinationHi;
  private long destinationLo;
  private int protocol;
  private int identification;
  private long deadline;
  private int total;
  private int highest;
  private int units;
  private int header; // bytes of the IP header that the first fragment had; 0 before that came
  private int firstLength;
  private int codepoints;
  private boolean isVoid;

  /** Begins another datagram. */
  void begin(Packet fragment, int number, long end) {
    ipv4 = fragment.isIpv4();
    sourceHi = fragment.sourceHi();
    sourceLo = fragment.sourceLo();
    destinationHi = fragment.destinationHi();
    destinationLo = fragment.destinationLo();
    protocol = fragment.protocol();
    identification = number;
    deadline = end;
    total = UNKNOWN;
    highest = units = header = firstLength = codepoints = 0;
    isVoid = false;
    arrived.clear();
    starts.clear();
  }

  /** Whether a fragment is of this one: IPv6's protocol is then that of the fragment header. */
  boolean isOf(Packet fragment, int number) {
    return identification == number
        && isFrom(fragment)
        && destinationLo == fragment.destinationLo()
        && destinationHi == fragment.destinationHi()
        && protocol == fragment.protocol();
  }

  /** Whether it has the same sender as a fragment. */
  boolean isFrom(Packet fragment) {
    return sourceLo == fragment.sourceLo() && sourceHi == fragment.sourceHi();
  }

  /** When what has come of it by then is given up. */
  long deadline() {
    return deadline;
  }

  /** Whether its sender is to be told that it was given up (RFC 792, RFC 4443 section 3.3). */
  boolean isToBeTold() {
    return header != 0 && !isVoid;
  }

  /**
   * Takes a fragment.
   *
   * @param at where in the frame's memory its payload begins
   * @param length of that, not 0; a multiple of 8 where there is more
   * @param offset of that in the datagram's payload
   */
  State add(Packet fragment, long at, int length, int offset, boolean more) {
    if (isVoid || !fits(length, offset, more)) {
      return fail();
    }
    int from = offset / UNIT;
    int to = (offset + length + UNIT - 1) / UNIT;
    int known = arrived.count(from, to);
    if (known > 0) {
      // RFC 8200 section 4.5: a duplicate isn't an overlap.
      return isOneFragment(from, to, known) ? State.WAITING : fail();
    }
    if (!more) {
      total = offset + length;
    }
    highest = Math.max(highest, offset + length);
    fragment.frame().copy(at, length, memory, PAYLOAD_AT + offset);
    arrived.add(from, to);
    starts.add(from);
    units += to - from;
    codepoints |= 1 << (fragment.trafficClass() & CE);
    if (offset == 0) {
      keepHeader(fragment, at, length);
    }
    return total == UNKNOWN || units * UNIT < total ? State.WAITING : finish();
  }

  private boolean fits(int length, int offset, boolean more) {
    int end = offset + length;
    boolean lengthsAgree = total == UNKNOWN || (more ? end < total : end == total);
    return lengthsAgree && (more || end >= highest) && end <= MOST;
  }

  private boolean isOneFragment(int from, int to, int known) {
    return known == to - from
        && starts.has(from)
        && starts.count(from + 1, to) == 0
        && (!arrived.has(to) || starts.has(to));
  }

  private State fail() {
    isVoid = true;
    return State.VOID;
  }

  /** Keeps the first fragment's headers as they came, in front of its payload. */
  private void keepHeader(Packet fragment, long at, int length) {
    Frame frame = fragment.frame();
    MemorySegment s = frame.memory();
    long ip = frame.at() + EthernetHeader.LENGTH;
    firstLength = length;
    header = ipv4 ? (int) (at - ip) : IPV6_FIRST;
    long target = PAYLOAD_AT - header;
    MemorySegment.copy(
        s, frame.at(), memory, target - EthernetHeader.LENGTH, EthernetHeader.LENGTH);
    if (ipv4) {
      MemorySegment.copy(s, ip, memory, target, header);
      return;
    }
    MemorySegment.copy(s, ip, memory, target, Ipv6Header.LENGTH);
    Ipv6Header.nextHeader(memory, target, Ipv6FragmentHeader.NUMBER);
    Ipv6Header.payloadLength(memory, target, Ipv6FragmentHeader.LENGTH + length);
    long from = at - Ipv6FragmentHeader.LENGTH;
    target += Ipv6Header.LENGTH;
    MemorySegment.copy(s, from, memory, target, Ipv6FragmentHeader.LENGTH);
  }

  /** Makes the headers those of the whole. */
  private State finish() {
    if (ipv4 && header + total > MOST || !mayHaveBeenMarked()) {
      return fail();
    }
    long ip = ipAt();
    if (ipv4) {
      Ipv4Header.totalLength(memory, ip, header + total);
      Ipv4Header.fragment(memory, ip, identification, 0, false);
      if (isMarked()) {
        Ipv4Header.tos(memory, ip, Ipv4Header.tos(memory, ip) | CE);
      }
      Ipv4Header.fillChecksum(memory, ip);
      return State.WHOLE;
    }
    int next = Ipv6FragmentHeader.nextHeader(memory, ip + Ipv6Header.LENGTH);
    long frameAt = ip - EthernetHeader.LENGTH;
    int moved = EthernetHeader.LENGTH + Ipv6Header.LENGTH;
    MemorySegment.copy(memory, frameAt, memory, frameAt + Ipv6FragmentHeader.LENGTH, moved);
    header = Ipv6Header.LENGTH;
    Ipv6Header.nextHeader(memory, ipAt(), next);
    Ipv6Header.payloadLength(memory, ipAt(), total);
    if (isMarked()) {
      int trafficClass = Ipv6Header.trafficClass(memory, ipAt());
      Ipv6Header.trafficClass(memory, ipAt(), trafficClass | CE);
    }
    return State.WHOLE;
  }

  private boolean isMarked() {
    return (codepoints & 1 << CE) != 0;
  }

  /** RFC 3168 section 5.3: nobody marks one fragment of a sender that doesn't know ECN. */
  private boolean mayHaveBeenMarked() {
    return !isMarked() || (codepoints & 1) == 0;
  }

  /** Shows it as a frame, once it is whole; this object's memory is the frame's. */
  void show(Frame frame) {
    int headers = EthernetHeader.LENGTH + header;
    frame.set(memory, PAYLOAD_AT - headers, headers + total);
    frame.setOffload(false, Segmentation.NONE, 0);
  }

  /** Shows the first fragment as it came, as far as it matters for who is told of its end. */
  void showFirst(Frame frame) {
    int headers = EthernetHeader.LENGTH + header;
    frame.set(memory, PAYLOAD_AT - headers, headers + firstLength);
  }

  private long ipAt() {
    return PAYLOAD_AT - header;
  }

  /** Whether it is IPv4's. */
  boolean isIpv4() {
    return ipv4;
  }
}
