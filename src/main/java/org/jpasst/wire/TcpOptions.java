package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The options of a TCP header that matter here: maximum segment size (RFC 9293 section 3.7.1),
 * window scale (RFC 7323), SACK permitted (RFC 2018). One pass over them gives all in a {@code
 * long}.
 */
public final class TcpOptions {
  /** Bytes in the maximum segment size option. */
  public static final int MSS_LENGTH = 4;

  /** Bytes in what {@link #writeWindowScale} writes: a NOP and the option. */
  public static final int WINDOW_SCALE_LENGTH = 4;

  /** The greatest window scale (RFC 7323 section 2.3); greater ones count as this one. */
  public static final int MAX_WINDOW_SCALE = 14;

  private static final int END = 0;
  private static final int NOP = 1;
  private static final int MSS = 2;
  private static final int WINDOW_SCALE = 3;
  private static final int SACK_PERMITTED = 4;

  private static final long HAS_SCALE = 1L << 32;
  private static final long HAS_SACK = 1L << 33;
  private static final int SCALE_SHIFT = 16;

  private TcpOptions() {}

  /**
   * Reads the options of a header that is {@link TcpHeader#valid}. Stops at the first malformed
   * one; an option of the wrong length is skipped; of repeated ones the last counts.
   *
   * @param at offset of the TCP header
   */
  public static long parse(MemorySegment s, long at) {
    long end = at + TcpHeader.headerLength(s, at);
    long result = 0;
    long i = at + TcpHeader.LENGTH;
    while (i < end) {
      int kind = NetworkOrder.get8(s, i);
      if (kind == END) {
        break;
      }
      if (kind == NOP) {
        i++;
        continue;
      }
      if (end - i < 2) {
        break;
      }
      int length = NetworkOrder.get8(s, i + 1);
      if (length < 2 || length > end - i) {
        break;
      }
      result = with(result, s, i, kind, length);
      i += length;
    }
    return result;
  }

  private static long with(long result, MemorySegment s, long i, int kind, int length) {
    if (kind == MSS && length == 4) {
      return result & ~0xffffL | NetworkOrder.get16(s, i + 2);
    }
    if (kind == WINDOW_SCALE && length == 3) {
      long scale = Math.min(NetworkOrder.get8(s, i + 2), MAX_WINDOW_SCALE);
      return result & ~(0xffL << SCALE_SHIFT) | HAS_SCALE | scale << SCALE_SHIFT;
    }
    return kind == SACK_PERMITTED && length == 2 ? result | HAS_SACK : result;
  }

  /** The maximum segment size in an answer of {@link #parse}; 0 where there was none. */
  public static int mss(long options) {
    return (int) options & 0xffff;
  }

  /** The window scale in an answer of {@link #parse}, 0 to 14; -1 where there was none. */
  public static int windowScale(long options) {
    return (options & HAS_SCALE) == 0 ? -1 : (int) (options >>> SCALE_SHIFT) & 0xff;
  }

  /** Whether SACK permitted was among the options, by an answer of {@link #parse}. */
  public static boolean sackPermitted(long options) {
    return (options & HAS_SACK) != 0;
  }

  /** Writes a maximum segment size option, {@link #MSS_LENGTH} bytes. */
  public static void writeMss(MemorySegment s, long at, int mss) {
    NetworkOrder.put32(s, at, MSS << 24 | 4 << 16 | mss);
  }

  /** Writes a NOP and a window scale option, {@link #WINDOW_SCALE_LENGTH} bytes. */
  public static void writeWindowScale(MemorySegment s, long at, int scale) {
    NetworkOrder.put32(s, at, NOP << 24 | WINDOW_SCALE << 16 | 3 << 8 | scale);
  }
}
