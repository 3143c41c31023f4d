package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The ICMPv6 header (RFC 4443, and RFC 4861 for neighbour discovery). Readable where at least
 * {@link #LENGTH} bytes are there. What it has in common with ICMP's is {@link IcmpHeader}'s.
 *
 * <pre>
 *  0    1    2        4          6        8
 * +----+----+--------+----------+--------+
 * |type|code|checksum|identifier|sequence|   echo
 * |    |    |        |        MTU        |   packet too big
 * +----+----+--------+-------------------+
 * </pre>
 */
public final class Icmpv6Header {
  /** Bytes in the header. */
  public static final int LENGTH = 8;

  /** Type: destination unreachable. */
  public static final int DESTINATION_UNREACHABLE = 1;

  /** Type: packet too big, with the next hop's MTU. */
  public static final int PACKET_TOO_BIG = 2;

  /** Type: time exceeded. */
  public static final int TIME_EXCEEDED = 3;

  /** Type: echo request. */
  public static final int ECHO_REQUEST = 128;

  /** Type: echo reply. */
  public static final int ECHO_REPLY = 129;

  /** Type: router solicitation. */
  public static final int ROUTER_SOLICITATION = 133;

  /** Type: router advertisement. */
  public static final int ROUTER_ADVERTISEMENT = 134;

  /** Type: neighbour solicitation. */
  public static final int NEIGHBOR_SOLICITATION = 135;

  /** Type: neighbour advertisement. */
  public static final int NEIGHBOR_ADVERTISEMENT = 136;

  /** Type: redirect. */
  public static final int REDIRECT = 137;

  private static final int CHECKSUM = 2;

  private Icmpv6Header() {}

  /**
   * Whether the checksum over {@code length} bytes of message is right.
   *
   * @param pseudoHeader sum of the pseudo header, with that length
   */
  public static boolean checksumVerifies(MemorySegment s, long at, int length, long pseudoHeader) {
    return InternetChecksum.verifies(pseudoHeader + InternetChecksum.sum(s, at, length));
  }

  /**
   * Computes the checksum over {@code length} bytes of message and writes it.
   *
   * @param pseudoHeader sum of the pseudo header, with that length
   */
  public static void fillChecksum(MemorySegment s, long at, int length, long pseudoHeader) {
    NetworkOrder.put16(s, at + CHECKSUM, 0);
    long sum = pseudoHeader + InternetChecksum.sum(s, at, length);
    NetworkOrder.put16(s, at + CHECKSUM, InternetChecksum.complement(sum));
  }
}
