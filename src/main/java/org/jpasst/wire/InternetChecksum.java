package org.jpasst.wire;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071): the 16-bit ones' complement of the ones' complement sum of all
 * 16-bit words, the last one filled up with a zero byte where the length is odd.
 *
 * <p>Sums are {@code long}s that hold words in network order and may be added to each other with
 * {@code +}, as long as each part begins at an even distance from the first; {@link #append} is for
 * parts that may not. Up to 2<sup>40</sup> such additions can't overflow.
 */
public final class InternetChecksum {
  private static final ValueLayout.OfInt NATIVE = ValueLayout.JAVA_INT_UNALIGNED;
  private static final boolean SWAP = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private InternetChecksum() {}

  /**
   * The sum of {@code length} bytes at {@code at}, of any alignment.
   *
   * @return 0 to 0xffff, to be added to the sums of other parts
   */
  public static long sum(MemorySegment s, long at, int length) {
    // Words in the machine's order, swapped once at the end: the sum doesn't depend on byte order
    // (RFC 1071 section 2 (B)). The compiler vectorises exactly this form of the loop.
    int limit = length & ~3;
    long sum = 0;
    for (int i = 0; i < limit; i += 4) {
      sum += s.get(NATIVE, at + i) & 0xffff_ffffL;
    }
    int folded = fold(sum);
    if (SWAP) {
      folded = swap(folded);
    }
    return (length & 3) == 0 ? folded : fold(folded + tail(s, at + limit, length & 3));
  }

  private static int tail(MemorySegment s, long at, int length) {
    int sum = 0;
    if (length >= 2) {
      sum = NetworkOrder.get16(s, at);
    }
    if ((length & 1) != 0) {
      sum += NetworkOrder.get8(s, at + length - 1) << 8;
    }
    return sum;
  }

  /**
   * The sum of two consecutive parts.
   *
   * @param sum of the first part
   * @param length of the first part in bytes; may be odd
   * @param next sum of the part that follows it
   */
  public static long append(long sum, long length, long next) {
    return sum + ((length & 1) == 0 ? next : swap(fold(next)));
  }

  /** The ones' complement sum in 16 bits, not complemented. */
  public static int fold(long sum) {
    long s = (sum & 0xffff_ffffL) + (sum >>> 32);
    s = (s & 0xffff) + (s >>> 16);
    s = (s & 0xffff) + (s >>> 16);
    return (int) ((s & 0xffff) + (s >>> 16));
  }

  /** The value for the checksum field: the complement of the folded sum, 0 to 0xffff. */
  public static int complement(long sum) {
    return ~fold(sum) & 0xffff;
  }

  /** Whether the sum over everything, with the checksum field as received, says "undamaged". */
  public static boolean verifies(long sum) {
    return fold(sum) == 0xffff;
  }

  /**
   * The sum of the IPv4 pseudo header (RFC 9293 section 3.1, RFC 768).
   *
   * @param length of the upper-layer header and payload
   */
  public static long pseudoHeader4(int source, int destination, int protocol, int length) {
    return (source & 0xffff_ffffL) + (destination & 0xffff_ffffL) + protocol + length;
  }

  /**
   * The sum of the IPv6 pseudo header (RFC 8200 section 8.1).
   *
   * @param length of the upper-layer header and payload
   */
  public static long pseudoHeader6(
      long sourceHi,
      long sourceLo,
      long destinationHi,
      long destinationLo,
      int protocol,
      int length) {
    return words(sourceHi)
        + words(sourceLo)
        + words(destinationHi)
        + words(destinationLo)
        + protocol
        + length;
  }

  private static long words(long bits) {
    return (bits >>> 32) + (bits & 0xffff_ffffL);
  }

  private static int swap(int folded) {
    return (folded & 0xff) << 8 | folded >>> 8;
  }
}
