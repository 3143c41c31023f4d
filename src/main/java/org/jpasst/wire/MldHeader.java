package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The messages of multicast listener discovery, which are ICMPv6's (RFC 2710 section 3, RFC 3810
 * section 5).
 *
 * <pre>
 *  0    1    2        4        6        8                 24
 * +----+----+--------+--------+--------+-----------------+
 * |type|code|checksum|response|reserved|      group      |  version 1
 * |type|code|checksum|reserved| number |records            report of version 2
 * |type|code|checksum|response|reserved|      group      |  query of version 2: 4 bytes and
 * +----+----+--------+--------+--------+-----------------+  sources follow
 * </pre>
 */
public final class MldHeader {
  /** Bytes in front of a report's records. */
  public static final int LENGTH = 8;

  /** Bytes in a message of version 1. */
  public static final int LENGTH_1 = 24;

  /** Bytes in a query of version 2 that names no source. */
  public static final int QUERY_LENGTH = 28;

  /** Type: query. */
  public static final int QUERY = 130;

  /** Type: report of version 1. */
  public static final int REPORT_1 = 131;

  /** Type: done, by which a group is left. */
  public static final int DONE = 132;

  /** Type: report of version 2. */
  public static final int REPORT_2 = 143;

  private static final int RESPONSE = 4;
  private static final int RECORDS = 6;
  private static final int GROUP = 8;
  private static final int ROBUSTNESS = 24;

  private MldHeader() {}

  /** Whether an ICMPv6 message of this type is a listener's, for routers. */
  public static boolean isOfListener(int type) {
    return type == REPORT_1 || type == DONE || type == REPORT_2;
  }

  /** First half of the group of a message of version 1. */
  public static long groupHi(MemorySegment s, long at) {
    return NetworkOrder.get64(s, at + GROUP);
  }

  /** Second half of the same. */
  public static long groupLo(MemorySegment s, long at) {
    return NetworkOrder.get64(s, at + GROUP + 8);
  }

  /** How many records a report of version 2 has. */
  public static int records(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + RECORDS);
  }

  /**
   * Writes a query of version 2; its checksum is yet to be made.
   *
   * @param hi first half of the group; with the second {@code ::} for a general query
   * @param response in which answers are to come, in milliseconds, less than 32768
   * @param robustness how many of our queries may be lost, and one (RFC 3810 section 5.1.8)
   * @param interval between general queries, in seconds, less than 128
   */
  public static void writeQuery(
      MemorySegment s, long at, long hi, long lo, int response, int robustness, int interval) {
    NetworkOrder.put32(s, at, QUERY << 24);
    NetworkOrder.put32(s, at + RESPONSE, response << 16);
    NetworkOrder.put64(s, at + GROUP, hi);
    NetworkOrder.put64(s, at + GROUP + 8, lo);
    NetworkOrder.put32(s, at + ROBUSTNESS, robustness << 24 | interval << 16);
  }
}
