package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * What has routers look at packets that aren't for themselves: an option of IPv4 (RFC 2113), and
 * one in a hop-by-hop header of IPv6 (RFC 2711), which listeners demand of a query (RFC 3810
 * section 5.1.14).
 */
public final class RouterAlert {
  /** Bytes that the option takes, which is the only one. */
  public static final int LENGTH4 = 4;

  /** Bytes in the hop-by-hop header, with padding. */
  public static final int LENGTH6 = 8;

  private static final int OPTION4 = 0x94_04_00_00;
  private static final int OPTION6 = 0x05_02_00_00; // the message is MLD's
  private static final int PADDING = 0x01_00;

  private RouterAlert() {}

  /**
   * Writes the option behind an IPv4 header, whose total length counts it already; makes it the
   * header's, and the header's checksum anew.
   */
  public static void addTo4(MemorySegment s, long at) {
    NetworkOrder.put32(s, at + Ipv4Header.LENGTH, OPTION4);
    Ipv4Header.headerLength(s, at, Ipv4Header.LENGTH + LENGTH4);
    Ipv4Header.fillChecksum(s, at);
  }

  /** Writes the hop-by-hop header. */
  public static void write6(MemorySegment s, long at, int nextHeader) {
    NetworkOrder.put16(s, at, nextHeader << 8);
    NetworkOrder.put32(s, at + 2, OPTION6);
    NetworkOrder.put16(s, at + 6, PADDING);
  }
}
