package org.jpasst.wire;

import java.lang.foreign.MemorySegment;
import org.jpasst.net.IpAddress;

/**
 * A record in a report of IGMPv3 (RFC 3376 section 4.2) or MLDv2 (RFC 3810 section 5.2), which
 * differ in the length of addresses only.
 *
 * <pre>
 *  0    1         2       4
 * +----+---------+-------+-------+---------+---------+
 * |type|auxiliary|sources| group | sources | auxiliary|
 * +----+---------+-------+-------+---------+---------+
 * </pre>
 */
public final class GroupRecord {
  /** Type: listens to the sources that are named. */
  public static final int IS_INCLUDE = 1;

  /** Type: listens to all but the sources that are named. */
  public static final int IS_EXCLUDE = 2;

  /** Type: {@link #IS_INCLUDE} from now on. */
  public static final int TO_INCLUDE = 3;

  /** Type: {@link #IS_EXCLUDE} from now on. */
  public static final int TO_EXCLUDE = 4;

  /** Type: listens to these sources, too. */
  public static final int ALLOW = 5;

  /** Type: doesn't listen to these sources any more. */
  public static final int BLOCK = 6;

  private static final int AUXILIARY = 1;
  private static final int SOURCES = 2;
  private static final int GROUP = 4;
  private static final int LENGTH4 = 4;
  private static final int LENGTH6 = 16;
  private static final int AUXILIARY_UNIT = 4;

  private GroupRecord() {}

  /** Bytes in a record without sources and auxiliary data: what must be there to be read. */
  public static int leastLength(boolean ipv4) {
    return GROUP + (ipv4 ? LENGTH4 : LENGTH6);
  }

  /** Bytes in the record, as it says itself. */
  public static int length(MemorySegment s, long at, boolean ipv4) {
    int address = ipv4 ? LENGTH4 : LENGTH6;
    int auxiliary = NetworkOrder.get8(s, at + AUXILIARY) * AUXILIARY_UNIT;
    return GROUP + address + sources(s, at) * address + auxiliary;
  }

  /** The record's type. */
  public static int type(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at);
  }

  /** How many sources it names. */
  public static int sources(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + SOURCES);
  }

  /** First half of the group; zero for IPv4. */
  public static long groupHi(MemorySegment s, long at, boolean ipv4) {
    return ipv4 ? 0 : NetworkOrder.get64(s, at + GROUP);
  }

  /** Second half of the group; IPv4 mapped. */
  public static long groupLo(MemorySegment s, long at, boolean ipv4) {
    return ipv4
        ? IpAddress.mapped(NetworkOrder.get32(s, at + GROUP))
        : NetworkOrder.get64(s, at + GROUP + 8);
  }
}
