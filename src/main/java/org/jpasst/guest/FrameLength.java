package org.jpasst.guest;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The length in front of each frame in a buffer, as QEMU's stream socket has it: 32 bits,
 * big-endian. Stateless.
 */
public final class FrameLength {
  /** Bytes it takes. */
  public static final int SIZE = 4;

  /** Least frame: an Ethernet header. */
  public static final int MIN = 14;

  /** Greatest frame. */
  public static final int MAX = FrameSink.MAX_FRAME;

  private static final ValueLayout.OfInt LAYOUT =
      JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private FrameLength() {}

  /** Reads it. */
  public static int get(MemorySegment s, long at) {
    return s.get(LAYOUT, at);
  }

  /** Writes it. */
  public static void set(MemorySegment s, long at, int length) {
    s.set(LAYOUT, at, length);
  }

  /** Whether a frame may be so long. */
  public static boolean isValid(int length) {
    return length >= MIN && length <= MAX;
  }
}
