package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The IPv6 fragment header (RFC 8200 section 4.5). Readable where at least {@link #LENGTH} bytes
 * are there.
 *
 * <pre>
 *  0      1        2             4                8
 * +------+--------+-------------+----------------+
 * | next |reserved|offset, more | identification |
 * +------+--------+-------------+----------------+
 * </pre>
 */
public final class Ipv6FragmentHeader {
  /** Bytes in the header. */
  public static final int LENGTH = 8;

  /** The next-header value that stands for it. */
  public static final int NUMBER = 44;

  private static final int NEXT_HEADER = 0;
  private static final int OFFSET = 2;
  private static final int IDENTIFICATION = 4;

  private static final int OFFSET_MASK = 0xfff8;
  private static final int MORE = 1;

  private Ipv6FragmentHeader() {}

  /** What the fragmentable part begins with. */
  public static int nextHeader(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at + NEXT_HEADER);
  }

  /** Where in the fragmentable part this one's bytes begin. */
  public static int offset(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + OFFSET) & OFFSET_MASK;
  }

  /** Whether others follow this one. */
  public static boolean hasMore(MemorySegment s, long at) {
    return (NetworkOrder.get16(s, at + OFFSET) & MORE) != 0;
  }

  /** Whether it stands for the whole packet: an atomic fragment (RFC 6946). */
  public static boolean isAtomic(MemorySegment s, long at) {
    return (NetworkOrder.get16(s, at + OFFSET) & (OFFSET_MASK | MORE)) == 0;
  }

  /** What all fragments of a packet have in common. */
  public static int identification(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + IDENTIFICATION);
  }

  /**
   * Writes the header.
   *
   * @param offset in bytes, a multiple of 8
   */
  public static void write(
      MemorySegment s, long at, int nextHeader, int offset, boolean more, int identification) {
    NetworkOrder.put16(s, at + NEXT_HEADER, nextHeader << 8);
    NetworkOrder.put16(s, at + OFFSET, offset | (more ? MORE : 0));
    NetworkOrder.put32(s, at + IDENTIFICATION, identification);
  }
}
