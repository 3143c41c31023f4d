package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The messages of IGMP (RFC 2236 section 2, RFC 3376 section 4). Readable where at least {@link
 * #LENGTH} bytes are there.
 *
 * <pre>
 *  0    1        2        4               8
 * +----+--------+--------+---------------+
 * |type|response|checksum|     group     |        versions 1 and 2
 * |type|reserved|checksum|reserved|number|records report of version 3
 * |type|response|checksum|     group     |        query of version 3: 4 bytes and sources follow
 * +----+--------+--------+---------------+
 * </pre>
 */
public final class IgmpHeader {
  /** Bytes in a message of versions 1 and 2, and in front of a report's records. */
  public static final int LENGTH = 8;

  /** Bytes in a query of version 3 that names no source. */
  public static final int QUERY_LENGTH = 12;

  /** Type: membership query. */
  public static final int QUERY = 0x11;

  /** Type: report of version 1. */
  public static final int REPORT_1 = 0x12;

  /** Type: report of version 2. */
  public static final int REPORT_2 = 0x16;

  /** Type: leave group. */
  public static final int LEAVE = 0x17;

  /** Type: report of version 3. */
  public static final int REPORT_3 = 0x22;

  private static final int CHECKSUM = 2;
  private static final int GROUP = 4;
  private static final int RECORDS = 6;
  private static final int ROBUSTNESS = 8;

  private IgmpHeader() {}

  /** The message type. */
  public static int type(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at);
  }

  /** The group of a message of version 1 or 2. */
  public static int group(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + GROUP);
  }

  /** How many records a report of version 3 has. */
  public static int records(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + RECORDS);
  }

  /**
   * Writes a query of version 3, with its checksum.
   *
   * @param group 0 for a general query
   * @param response in which answers are to come, in tenths of a second, less than 128
   * @param robustness how many of our queries may be lost, and one (RFC 3376 section 4.1.6)
   * @param interval between general queries, in seconds, less than 128
   */
  public static void writeQuery(
      MemorySegment s, long at, int group, int response, int robustness, int interval) {
    NetworkOrder.put32(s, at, QUERY << 24 | response << 16);
    NetworkOrder.put32(s, at + GROUP, group);
    NetworkOrder.put32(s, at + ROBUSTNESS, robustness << 24 | interval << 16);
    long sum = InternetChecksum.sum(s, at, QUERY_LENGTH);
    NetworkOrder.put16(s, at + CHECKSUM, InternetChecksum.complement(sum));
  }
}
