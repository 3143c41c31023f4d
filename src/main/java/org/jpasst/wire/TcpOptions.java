package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The options of a TCP header that matter here: maximum segment size (RFC 9293 section 3.7.1),
 * window scale and timestamps (RFC 7323), SACK permitted and SACK (RFC 2018). One pass over them
 * gives what matters of a SYN in a {@code long}.
 */
public final class TcpOptions {
  /** Bytes in the maximum segment size option. */
  public static final int MSS_LENGTH = 4;

  /** Bytes in what {@link #writeWindowScale} writes: a NOP and the option. */
  public static final int WINDOW_SCALE_LENGTH = 4;

  /** Bytes in what {@link #writeSackPermitted} writes: two NOPs and the option. */
  public static final int SACK_PERMITTED_LENGTH = 4;

  /** Bytes in what {@link #writeTimestamps} writes: two NOPs and the option. */
  public static final int TIMESTAMPS_LENGTH = 12;

  /** Bytes in what {@link #writeSackHeader} writes: two NOPs, kind and length. */
  public static final int SACK_HEADER_LENGTH = 4;

  /** Bytes in one block of a SACK option. */
  public static final int SACK_BLOCK_LENGTH = 8;

  /** Most blocks that a SACK option has room for; three beside timestamps. */
  public static final int MAX_SACK_BLOCKS = 4;

  /** Answer where a header doesn't have an option. */
  public static final long ABSENT = -1;

  /** The greatest window scale (RFC 7323 section 2.3); greater ones count as this one. */
  public static final int MAX_WINDOW_SCALE = 14;

  private static final int END = 0;
  private static final int NOP = 1;
  private static final int MSS = 2;
  private static final int WINDOW_SCALE = 3;
  private static final int SACK_PERMITTED = 4;
  private static final int SACK = 5;
  private static final int TIMESTAMPS = 8;

  private static final int TIMESTAMPS_OPTION = 10;
  private static final int ALIGNED_TIMESTAMPS = NOP << 24 | NOP << 16 | TIMESTAMPS << 8 | 10;

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

  /**
   * Where the timestamps of a header that is {@link TcpHeader#valid} are: the sender's time, 32
   * bits, and behind it the time that it echoes.
   *
   * @param at offset of the TCP header
   * @param header its length
   * @return an offset, or {@link #ABSENT}
   */
  public static long timestampsAt(MemorySegment s, long at, int header) {
    // Where nothing else is to be told, everybody aligns them as RFC 7323 appendix A says.
    if (header >= TcpHeader.LENGTH + TIMESTAMPS_LENGTH
        && NetworkOrder.get32(s, at + TcpHeader.LENGTH) == ALIGNED_TIMESTAMPS) {
      return at + TcpHeader.LENGTH + 4;
    }
    long option = find(s, at, header, TIMESTAMPS);
    boolean whole = option != ABSENT && NetworkOrder.get8(s, option + 1) == TIMESTAMPS_OPTION;
    return whole ? option + 2 : ABSENT;
  }

  /**
   * Where the SACK option of a header that is {@link TcpHeader#valid} is; its blocks follow after
   * two bytes.
   *
   * @return an offset, or {@link #ABSENT}; see {@link #sackBlocks}
   */
  public static long sackAt(MemorySegment s, long at, int header) {
    return find(s, at, header, SACK);
  }

  /** How many blocks a SACK option has, 0 to 4. */
  public static int sackBlocks(MemorySegment s, long option) {
    return Math.min(MAX_SACK_BLOCKS, (NetworkOrder.get8(s, option + 1) - 2) / SACK_BLOCK_LENGTH);
  }

  /** First sequence number of a block. */
  public static int sackStart(MemorySegment s, long option, int block) {
    return NetworkOrder.get32(s, option + 2 + (long) block * SACK_BLOCK_LENGTH);
  }

  /** One more than the last sequence number of a block. */
  public static int sackEnd(MemorySegment s, long option, int block) {
    return NetworkOrder.get32(s, option + 6 + (long) block * SACK_BLOCK_LENGTH);
  }

  /** Where the first well-formed option of a kind is, or {@link #ABSENT}. */
  private static long find(MemorySegment s, long at, int header, int wanted) {
    long end = at + header;
    long i = at + TcpHeader.LENGTH;
    while (i < end) {
      int kind = NetworkOrder.get8(s, i);
      if (kind == NOP) {
        i++;
        continue;
      }
      if (kind == END || end - i < 2) {
        return ABSENT;
      }
      int length = NetworkOrder.get8(s, i + 1);
      if (length < 2 || length > end - i) {
        return ABSENT;
      }
      if (kind == wanted) {
        return i;
      }
      i += length;
    }
    return ABSENT;
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

  /** Writes two NOPs and SACK permitted, {@link #SACK_PERMITTED_LENGTH} bytes. */
  public static void writeSackPermitted(MemorySegment s, long at) {
    NetworkOrder.put32(s, at, NOP << 24 | NOP << 16 | SACK_PERMITTED << 8 | 2);
  }

  /**
   * Writes two NOPs and timestamps, {@link #TIMESTAMPS_LENGTH} bytes.
   *
   * @param value our time
   * @param echo the peer's that is echoed; 0 without ACK
   */
  public static void writeTimestamps(MemorySegment s, long at, int value, int echo) {
    NetworkOrder.put32(s, at, ALIGNED_TIMESTAMPS);
    NetworkOrder.put32(s, at + 4, value);
    NetworkOrder.put32(s, at + 8, echo);
  }

  /** Writes two NOPs, kind and length of a SACK option, {@link #SACK_HEADER_LENGTH} bytes. */
  public static void writeSackHeader(MemorySegment s, long at, int blocks) {
    int length = 2 + blocks * SACK_BLOCK_LENGTH;
    NetworkOrder.put32(s, at, NOP << 24 | NOP << 16 | SACK << 8 | length);
  }

  /** Writes one block of a SACK option, {@link #SACK_BLOCK_LENGTH} bytes. */
  public static void writeSackBlock(MemorySegment s, long at, int start, int end) {
    NetworkOrder.put32(s, at, start);
    NetworkOrder.put32(s, at + 4, end);
  }
}
