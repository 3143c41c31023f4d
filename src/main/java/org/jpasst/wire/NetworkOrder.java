package org.jpasst.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Numbers in network byte order (most significant byte first), at any alignment. */
public final class NetworkOrder {
  private static final ValueLayout.OfByte U8 = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private NetworkOrder() {}

  /** The byte at {@code at}, 0 to 255. */
  public static int get8(MemorySegment s, long at) {
    return s.get(U8, at) & 0xff;
  }

  /** The 16 bits at {@code at}, 0 to 65535. */
  public static int get16(MemorySegment s, long at) {
    return s.get(U16, at) & 0xffff;
  }

  /** The 32 bits at {@code at}. */
  public static int get32(MemorySegment s, long at) {
    return s.get(U32, at);
  }

  /** The 48 bits at {@code at} (an Ethernet address), in the low bits of the result. */
  public static long get48(MemorySegment s, long at) {
    return (long) get16(s, at) << 32 | (s.get(U32, at + 2) & 0xffff_ffffL);
  }

  /** The 64 bits at {@code at}. */
  public static long get64(MemorySegment s, long at) {
    return s.get(U64, at);
  }

  /** Writes the low 8 bits of {@code value}. */
  public static void put8(MemorySegment s, long at, int value) {
    s.set(U8, at, (byte) value);
  }

  /** Writes the low 16 bits of {@code value}. */
  public static void put16(MemorySegment s, long at, int value) {
    s.set(U16, at, (short) value);
  }

  /** Writes 32 bits. */
  public static void put32(MemorySegment s, long at, int value) {
    s.set(U32, at, value);
  }

  /** Writes the low 48 bits of {@code value}. */
  public static void put48(MemorySegment s, long at, long value) {
    s.set(U16, at, (short) (value >>> 32));
    s.set(U32, at + 2, (int) value);
  }

  /** Writes 64 bits. */
  public static void put64(MemorySegment s, long at, long value) {
    s.set(U64, at, value);
  }
}
