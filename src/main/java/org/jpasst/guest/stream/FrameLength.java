package org.jpasst.guest.stream;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jpasst.guest.FrameSink;

/** The length in front of each frame in the stream. Stateless. */
final class FrameLength {
  /** Bytes it takes. */
  static final int SIZE = 4;

  /** Least frame: an Ethernet header. */
  static final int MIN = 14;

  /** Greatest frame. */
  static final int MAX = FrameSink.MAX_FRAME;

  private static final ValueLayout.OfInt LAYOUT =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private FrameLength() {}

  static int get(MemorySegment s, long at) {
    return s.get(LAYOUT, at);
  }

  static void set(MemorySegment s, long at, int length) {
    s.set(LAYOUT, at, length);
  }

  static boolean isValid(int length) {
    return length >= MIN && length <= MAX;
  }
}
