package org.jpasst.fuzz;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.jpasst.bridge.UncutFrame;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.Segmentation;
import org.jpasst.wire.NetworkOrder;

/**
 * A frame that one side of a bridge has shown, with all that it says of itself, and what of it has
 * to come out at the other. That follows from virtio 1.3 section 5.1.6.2 and the RFCs, and shares
 * nothing with the bridge but the checksum's arithmetic.
 *
 * @param number by which it is known again: its Ethernet source address has it
 * @param bytes of the frame
 * @param offload what is left undone, as it says
 * @param made what it was before it was damaged
 * @param sensible whether it wasn't
 * @param head bytes of it that the link has in one piece
 * @param pieces in which it has the rest
 */
record ShownFrame(
    int number,
    byte[] bytes,
    FrameOffload offload,
    UncutFrame made,
    boolean sensible,
    int head,
    int pieces) {
  /** Fields of an {@link Input}; behind them are pairs of a position and what is there. */
  static final int KIND = 1;

  static final int PAYLOAD = 2;
  static final int SIZE = 3;
  static final int SEGMENTATION = 4;
  static final int MISSING = 5;
  static final int START = 6;
  static final int OFFSET = 7;
  static final int HEAD = 8;
  static final int PIECES = 9;
  static final int LENGTH = 10;
  static final int DAMAGE = 11;

  static final int KINDS = 16;
  static final int MAX_PAYLOAD = 140_000;

  private static final int NUMBER_AT = 8;
  private static final int DAMAGE_FROM = 12;
  private static final int LEAST = 14;
  private static final int FIELD = 1 << 16;
  private static final int PADDED = 60;
  private static final int MOST_PACKETS = 2048;
  private static final int IP_MAX = 65_535;
  private static final int UDP_HEADER = 8;

  /** Makes the frame that an input describes. */
  static ShownFrame of(Input input, int number) {
    int kind = input.choice(KIND, KINDS);
    boolean ipv4 = (kind & 1) == 0;
    boolean tcp = (kind & 2) == 0;
    int payload = input.choice(PAYLOAD, MAX_PAYLOAD);
    UncutFrame made = UncutFrame.of(ipv4, tcp, kind >> 2, payload);
    byte[] bytes = made.bytes().clone();
    for (int i = DAMAGE; i + 1 < input.numbers().length; i += 2) {
      int range = Math.min(bytes.length, FIELD) - DAMAGE_FROM;
      bytes[DAMAGE_FROM + input.choice(i, range)] = (byte) input.number(i + 1);
    }
    boolean cut = input.number(LENGTH) != 0;
    if (cut) {
      bytes = Arrays.copyOf(bytes, LEAST + input.choice(LENGTH, bytes.length - LEAST + 1));
    }
    NetworkOrder.put32(MemorySegment.ofArray(bytes), NUMBER_AT, number);
    FrameOffload offload = offload(input, made);
    boolean damaged = cut || input.numbers().length > DAMAGE + 1;
    boolean sensible = !damaged && isSensible(input, made, offload);
    return new ShownFrame(
        number,
        bytes,
        offload,
        made,
        sensible,
        Math.min(bytes.length, Frame.HEAD + input.choice(HEAD, 2000)),
        1 + input.choice(PIECES, 16));
  }

  private static FrameOffload offload(Input input, UncutFrame made) {
    int segmentation = input.choice(SEGMENTATION, 9);
    return new FrameOffload(
        input.choice(MISSING, 2) == 0,
        segmentation == 0 ? made.segmentation() : segmentation - 1,
        input.choice(SIZE, FIELD),
        input.number(START) == 0 ? made.transport() : place(input),
        input.number(OFFSET) == 0 ? made.checksumAt() : input.choice(OFFSET, FIELD));
  }

  /** Anywhere behind the number, which would be another with a checksum in it. */
  private static int place(Input input) {
    return DAMAGE_FROM + input.choice(START, FIELD - DAMAGE_FROM);
  }

  /** Whether a sender who knows what it does may have sent this, and somebody takes it. */
  private static boolean isSensible(Input input, UncutFrame made, FrameOffload offload) {
    int length = made.bytes().length;
    if (!offload.isSeveral()) {
      boolean place = input.number(START) == 0 && input.number(OFFSET) == 0;
      return length <= FrameSink.MAX_FRAME && (!offload.missing() || place);
    }
    int tags = made.network() - LEAST;
    return offload.missing()
        && input.number(SEGMENTATION) == 0
        && input.number(START) == 0
        && input.number(OFFSET) == 0
        && offload.size() > 0
        && length > made.headers()
        && (length - made.headers()) / offload.size() < MOST_PACKETS
        && length - made.network() <= IP_MAX
        && made.headers() + Math.min(offload.size(), length - made.headers()) <= FrameSink.MAX_FRAME
        && tags <= 2 * 4;
  }

  /**
   * Checks what has come of it.
   *
   * @param taken what the other side was given of it, in order
   * @param takes what that side does itself
   */
  void check(List<TakenFrame> taken, LinkCapabilities takes) {
    if (taken.isEmpty()) {
      verify(!sensible, "it was dropped");
      return;
    }
    for (TakenFrame each : taken) {
      verify(each.bytes().length <= FrameSink.MAX_FRAME, "what came out is too long");
    }
    TakenFrame first = taken.getFirst();
    if (offload.told().equals(first.offload()) || !first.offload().isNone()) {
      checkWhole(taken, takes);
    } else if (!offload.isSeveral()) {
      verify(offload.missing(), "its checksum was made, which was complete");
      checkCompleted(taken);
    } else {
      checkCut(taken);
    }
  }

  private void checkWhole(List<TakenFrame> taken, LinkCapabilities takes) {
    verify(taken.size() == 1, "it came out %d times", taken.size());
    TakenFrame whole = taken.getFirst();
    verify(whole.offload().equals(offload.told()), "it says %s when it comes out", whole.offload());
    verify(whole.isPadded(bytes), "its bytes have changed");
    verify(!offload.missing() || takes.checksums(), "nobody completes it");
    if (offload.isSeveral()) {
      boolean taker =
          switch (offload.segmentation()) {
            case Segmentation.TCP4 -> takes.tcp4();
            case Segmentation.TCP6 -> takes.tcp6();
            default -> takes.udp4() || takes.udp6();
          };
      verify(offload.missing() && taker, "nobody cuts it up");
      verify(whole.headers() <= bytes.length, "its headers are longer than it is");
    }
  }

  private void checkCompleted(List<TakenFrame> taken) {
    verify(taken.size() == 1, "it came out %d times", taken.size());
    byte[] expected = bytes.clone();
    int at = offload.start() + offload.offset();
    int sum = ~fold(sum(bytes, offload.start(), bytes.length)) & 0xffff;
    boolean none = sum == 0 && offload.offset() == UncutFrame.CHECKSUM_OF_UDP;
    NetworkOrder.put16(MemorySegment.ofArray(expected), at, none ? 0xffff : sum);
    verify(taken.getFirst().isPadded(expected), "its checksum isn't right, or more has changed");
  }

  private void checkCut(List<TakenFrame> taken) {
    boolean tcp = offload.segmentation() != Segmentation.UDP;
    int headers =
        offload.start() + (tcp ? (bytes[offload.start() + 12] >> 4 & 0xf) * 4 : UDP_HEADER);
    int payload = bytes.length - headers;
    int size = offload.size();
    // Each packet has them: a frame would become a thousand times what it is.
    verify(headers <= Frame.HEAD, "it was cut up, with headers of %d bytes", headers);
    verify(taken.size() <= MOST_PACKETS, "it became %d packets", taken.size());
    verify(taken.size() == (payload + size - 1) / size, "it became %d packets", taken.size());
    for (int i = 0; i < taken.size(); i++) {
      int part = Math.min(size, payload - i * size);
      byte[] packet = taken.get(i).bytes();
      verify(packet.length == Math.max(PADDED, headers + part), "packet %d has another length", i);
      int from = headers + i * size;
      boolean same = Arrays.equals(packet, headers, headers + part, bytes, from, from + part);
      verify(same, "packet %d has another payload", i);
      if (sensible) {
        checkPacket(Arrays.copyOf(packet, headers + part), i, i == taken.size() - 1);
      }
    }
  }

  /** Everything that a receiver would look at. */
  private void checkPacket(byte[] packet, int index, boolean last) {
    MemorySegment s = MemorySegment.ofArray(packet);
    int ip = made.network();
    int length = packet.length - ip;
    if (made.ipv4()) {
      verify(NetworkOrder.get16(s, ip + 2) == length, "packet %d has another total length", index);
      int identification = UncutFrame.IDENTIFICATION + index & 0xffff;
      verify(
          NetworkOrder.get16(s, ip + 4) == identification,
          "packet %d has another identification",
          index);
      verify(
          fold(sum(packet, ip, ip + 20)) == 0xffff, "packet %d has a wrong header checksum", index);
    } else {
      verify(
          NetworkOrder.get16(s, ip + 4) == length - 40,
          "packet %d has another payload length",
          index);
    }
    int at = made.transport();
    if (made.tcp()) {
      int sequence = UncutFrame.SEQUENCE + index * offload.size();
      verify(
          NetworkOrder.get32(s, at + 4) == sequence,
          "packet %d has another sequence number",
          index);
      int flags = 0x10 | (last ? 0x09 : 0) | (index == 0 ? 0x80 : 0);
      verify(NetworkOrder.get8(s, at + 13) == flags, "packet %d has other flags", index);
    } else {
      verify(
          NetworkOrder.get16(s, at + 4) == packet.length - at,
          "packet %d has another length",
          index);
      verify(NetworkOrder.get16(s, at + 6) != 0, "packet %d has no checksum", index);
    }
    long sum = made.pseudoHeader(s, packet.length) + sum(packet, at, packet.length);
    verify(fold(sum) == 0xffff, "packet %d has a wrong checksum", index);
  }

  /** Word by word, as RFC 1071 section 1 has it; an odd byte at the end is a word's first. */
  private static long sum(byte[] bytes, int from, int to) {
    long sum = 0;
    for (int i = from; i < to; i += 2) {
      sum += (bytes[i] & 0xff) << 8 | (i + 1 < to ? bytes[i + 1] & 0xff : 0);
    }
    return sum;
  }

  private static int fold(long sum) {
    long folded = sum;
    while (folded > 0xffff) {
      folded = (folded & 0xffff) + (folded >>> 16);
    }
    return (int) folded;
  }

  private void verify(boolean holds, String what, Object... numbers) {
    if (!holds) {
      throw new AssertionError(
          "of a frame of %d bytes, %s%s: %s"
              .formatted(
                  bytes.length,
                  offload,
                  sensible ? ", which makes sense" : "",
                  what.formatted(numbers)));
    }
  }
}
