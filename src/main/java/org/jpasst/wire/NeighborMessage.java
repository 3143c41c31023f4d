package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * A neighbour solicitation or advertisement (RFC 4861 sections 4.3 and 4.4), and the options behind
 * it.
 *
 * <pre>
 *  0    1    2        4       8       24
 * +----+----+--------+-------+-------+----
 * |type|code|checksum| flags |target | options
 * +----+----+--------+-------+-------+----
 * </pre>
 */
public final class NeighborMessage {
  /** Bytes in front of the options. */
  public static final int LENGTH = 24;

  /** Bytes of an advertisement as it is written here, with one option. */
  public static final int ADVERTISEMENT_LENGTH = 32;

  /** Flag of an advertisement: its sender is a router. */
  public static final int ROUTER = 1 << 31;

  /** Flag of an advertisement: it answers a solicitation. */
  public static final int SOLICITED = 1 << 30;

  /** Flag of an advertisement: it overrides what is known. */
  public static final int OVERRIDE = 1 << 29;

  /** Option: the link-layer address of the sender. */
  public static final int SOURCE_LINK_LAYER = 1;

  /** Option: the link-layer address of the target. */
  public static final int TARGET_LINK_LAYER = 2;

  private static final int FLAGS = 4;
  private static final int TARGET = 8;

  /** Lengths of options count such units (RFC 4861 section 4.6). */
  private static final int OPTION_UNIT = 8;

  private NeighborMessage() {}

  /** The flags of an advertisement. */
  public static int flags(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + FLAGS);
  }

  /** The first half of the target. */
  public static long targetHi(MemorySegment s, long at) {
    return NetworkOrder.get64(s, at + TARGET);
  }

  /** The second half of the target. */
  public static long targetLo(MemorySegment s, long at) {
    return NetworkOrder.get64(s, at + TARGET + Long.BYTES);
  }

  /**
   * Whether options are well formed, and none tells another link-layer address than this one.
   *
   * @param option which of the two options is asked for
   * @param from where the options begin
   * @param end where the message ends
   */
  public static boolean isOf(long mac, int option, MemorySegment s, long from, long end) {
    long at = from;
    while (end - at >= OPTION_UNIT) {
      if (NetworkOrder.get8(s, at) == option && NetworkOrder.get48(s, at + 2) != mac) {
        return false;
      }
      int length = NetworkOrder.get8(s, at + 1) * OPTION_UNIT;
      if (length == 0) {
        return false;
      }
      at += length;
    }
    return at == end;
  }

  /** Writes the front of a solicitation, without a checksum. */
  public static void writeSolicitation(MemorySegment s, long at, long hi, long lo) {
    write(s, at, Icmpv6Header.NEIGHBOR_SOLICITATION, 0, hi, lo);
  }

  /** Writes an advertisement with the target's link-layer address, without a checksum. */
  public static void writeAdvertisement(
      MemorySegment s, long at, int flags, long hi, long lo, long mac) {
    write(s, at, Icmpv6Header.NEIGHBOR_ADVERTISEMENT, flags, hi, lo);
    writeOption(s, at, TARGET_LINK_LAYER, mac);
  }

  /** Writes an option with a link-layer address, the first of a message. */
  public static void writeOption(MemorySegment s, long at, int option, long mac) {
    NetworkOrder.put16(s, at + LENGTH, option << 8 | 1);
    NetworkOrder.put48(s, at + LENGTH + 2, mac);
  }

  private static void write(MemorySegment s, long at, int type, int rest, long hi, long lo) {
    IcmpHeader.write(s, at, type, 0, rest);
    NetworkOrder.put64(s, at + TARGET, hi);
    NetworkOrder.put64(s, at + TARGET + Long.BYTES, lo);
  }
}
