package org.jpasst.vectors;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Cuts frames up into fragments, and puts fragments together, without caring for the rules. */
public final class Cut {
  private static final int FRAGMENT_HEADER = 8;

  private Cut() {}

  /** A frame's datagram in fragments of so many bytes of payload, a multiple of 8. */
  public static List<Frame> every(int size, Frame frame, int number) {
    List<Frame> fragments = new ArrayList<>();
    int length = frame.transportEnd() - frame.transportAt();
    for (int at = 0; at < length; at += size) {
      int end = Math.min(length, at + size);
      fragments.add(part(frame, number, at, end, end < length));
    }
    return fragments;
  }

  /** One fragment: some bytes of a frame's IP payload. */
  public static Frame part(Frame frame, int number, int from, int to, boolean more) {
    int at = frame.transportAt();
    byte[] part = frame.range(at + from, at + to);
    return frame.etherType() == Frame.IPV4
        ? part4(frame, number, from, part, more)
        : part6(frame, number, from, part, more);
  }

  private static Frame part4(Frame frame, int number, int from, byte[] part, boolean more) {
    int flags = (more ? 0x2000 : 0) | from / 8;
    return join(frame.range(0, 34), part)
        .with(16, shorts(20 + part.length, number, flags))
        .withHeaderChecksum();
  }

  private static Frame part6(Frame frame, int number, int from, byte[] part, boolean more) {
    byte[] header = new byte[FRAGMENT_HEADER];
    header[0] = (byte) frame.u8(20);
    System.arraycopy(shorts(from | (more ? 1 : 0), 0, number), 0, header, 2, 6);
    return join(frame.range(0, 54), header, part)
        .with(18, shorts(FRAGMENT_HEADER + part.length))
        .with(20, (byte) 44);
  }

  private static byte[] shorts(int... values) {
    byte[] bytes = new byte[2 * values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[2 * i] = (byte) (values[i] >>> 8);
      bytes[2 * i + 1] = (byte) values[i];
    }
    return bytes;
  }

  private static Frame join(byte[]... parts) {
    var joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return Frame.of(joined.toByteArray());
  }

  /** What fragments of one datagram were cut from; fails where they don't make one. */
  public static Frame together(List<Frame> fragments) {
    List<Frame> sorted = fragments.stream().sorted(Comparator.comparingInt(Cut::offset)).toList();
    Frame first = sorted.getFirst();
    boolean ipv4 = first.etherType() == Frame.IPV4;
    var payload = new ByteArrayOutputStream();
    for (Frame each : sorted) {
      boolean last = each == sorted.getLast();
      if (offset(each) != payload.size()
          || number(each) != number(first)
          || hasMore(each) == last) {
        throw new AssertionError("not the fragments of one datagram");
      }
      payload.writeBytes(each.range(payloadAt(each), each.transportEnd()));
    }
    int length = payload.size();
    return ipv4
        ? join(first.range(0, 34), payload.toByteArray())
            .with(16, shorts(20 + length, 0, 0))
            .withHeaderChecksum()
        : join(first.range(0, 54), payload.toByteArray())
            .with(18, shorts(length))
            .with(20, (byte) first.u8(54));
  }

  private static int payloadAt(Frame fragment) {
    boolean ipv4 = fragment.etherType() == Frame.IPV4;
    return fragment.transportAt() + (ipv4 ? 0 : FRAGMENT_HEADER);
  }

  /** Where a fragment's bytes belong. */
  public static int offset(Frame fragment) {
    return fragment.etherType() == Frame.IPV4
        ? (fragment.u16(20) & 0x1fff) * 8
        : fragment.u16(56) & ~7;
  }

  private static boolean hasMore(Frame fragment) {
    return fragment.etherType() == Frame.IPV4
        ? (fragment.u16(20) & 0x2000) != 0
        : (fragment.u16(56) & 1) != 0;
  }

  private static long number(Frame fragment) {
    return fragment.etherType() == Frame.IPV4 ? fragment.u16(18) : fragment.u32(58);
  }
}
