package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The IPv4 header (RFC 791 section 3.1).
 *
 * <pre>
 *  0       1       2       3
 * +---+---+-------+---------------+
 * |ver|ihl|  tos  | total length  |
 * +---+---+-------+---------------+ 4
 * | identification|flags, offset  |
 * +-------+-------+---------------+ 8
 * |  ttl  | proto | checksum      |
 * +-------+-------+---------------+ 12
 * | source address                |
 * +-------------------------------+ 16
 * | destination address           |
 * +-------------------------------+ 20: options
 * </pre>
 */
public final class Ipv4Header {
  /** Bytes in a header without options. */
  public static final int LENGTH = 20;

  /** Bytes in the longest header. */
  public static final int MAX_LENGTH = 60;

  private static final int VERSION_IHL = 0;
  private static final int TOS = 1;
  private static final int TOTAL_LENGTH = 2;
  private static final int IDENTIFICATION = 4;
  private static final int FRAGMENT = 6;
  private static final int TTL = 8;
  private static final int PROTOCOL = 9;
  private static final int CHECKSUM = 10;
  private static final int SOURCE = 12;
  private static final int DESTINATION = 16;

  private static final int DONT_FRAGMENT = 0x4000;
  private static final int MORE_FRAGMENTS = 0x2000;
  private static final int OFFSET_MASK = 0x1fff;
  private static final int FRAGMENT_UNIT = 8;
  private static final int DEFAULT_TTL = 255;

  private Ipv4Header() {}

  /**
   * Whether a whole IPv4 packet lies at {@code at}: version 4, a header length of at least 20 and
   * within the total length, and a total length within what is there. Bytes after it are padding.
   *
   * @param available bytes from {@code at} to the end of the frame
   */
  public static boolean valid(MemorySegment s, long at, int available) {
    return available >= LENGTH
        && version(s, at) == 4
        && fit(headerLength(s, at), totalLength(s, at), available);
  }

  /** Whether the lengths that a header tells can be those of a whole packet. */
  public static boolean fit(int headerLength, int totalLength, int available) {
    return headerLength >= LENGTH && headerLength <= totalLength && totalLength <= available;
  }

  /** The version field. */
  public static int version(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at + VERSION_IHL) >>> 4;
  }

  /** Bytes in the header including options: 0 to 60. */
  public static int headerLength(MemorySegment s, long at) {
    return (NetworkOrder.get8(s, at + VERSION_IHL) & 0x0f) * 4;
  }

  /** Sets the number of bytes in the header, a multiple of four. */
  static void headerLength(MemorySegment s, long at, int length) {
    NetworkOrder.put8(s, at + VERSION_IHL, 4 << 4 | length / 4);
  }

  /** Type of service: DSCP and ECN. */
  public static int tos(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at + TOS);
  }

  /** Sets type of service. */
  public static void tos(MemorySegment s, long at, int tos) {
    NetworkOrder.put8(s, at + TOS, tos);
  }

  /** Bytes in header and payload. */
  public static int totalLength(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + TOTAL_LENGTH);
  }

  /** Sets the number of bytes in header and payload. */
  public static void totalLength(MemorySegment s, long at, int length) {
    NetworkOrder.put16(s, at + TOTAL_LENGTH, length);
  }

  /** Whether this is not a whole datagram: anything but DF is set in flags and fragment offset. */
  public static boolean isFragment(MemorySegment s, long at) {
    return (NetworkOrder.get16(s, at + FRAGMENT) & ~DONT_FRAGMENT) != 0;
  }

  /** What all fragments of a datagram have in common. */
  public static int identification(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + IDENTIFICATION);
  }

  /** Sets the identification, of which the last 16 bits count. */
  public static void identification(MemorySegment s, long at, int identification) {
    NetworkOrder.put16(s, at + IDENTIFICATION, identification);
  }

  /** Where in the datagram's payload this fragment's bytes begin. */
  public static int fragmentOffset(MemorySegment s, long at) {
    return (NetworkOrder.get16(s, at + FRAGMENT) & OFFSET_MASK) * FRAGMENT_UNIT;
  }

  /** Whether other fragments follow this one. */
  public static boolean hasMoreFragments(MemorySegment s, long at) {
    return (NetworkOrder.get16(s, at + FRAGMENT) & MORE_FRAGMENTS) != 0;
  }

  /**
   * Makes it a fragment's, or that of a whole datagram, which may be fragmented on its way. The
   * checksum is yet to be made.
   *
   * @param offset in bytes, a multiple of 8
   */
  public static void fragment(
      MemorySegment s, long at, int identification, int offset, boolean more) {
    NetworkOrder.put16(s, at + IDENTIFICATION, identification);
    int flags = more ? MORE_FRAGMENTS : 0;
    NetworkOrder.put16(s, at + FRAGMENT, flags | offset / FRAGMENT_UNIT);
  }

  /** Time to live. */
  public static int ttl(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at + TTL);
  }

  /** Sets time to live. */
  public static void ttl(MemorySegment s, long at, int ttl) {
    NetworkOrder.put8(s, at + TTL, ttl);
  }

  /** The payload's protocol. */
  public static int protocol(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at + PROTOCOL);
  }

  /** The source address, first byte most significant. */
  public static int source(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + SOURCE);
  }

  /** The destination address, first byte most significant. */
  public static int destination(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + DESTINATION);
  }

  /** Whether the checksum of a header of so many bytes is right. */
  public static boolean checksumVerifies(MemorySegment s, long at, int headerLength) {
    return InternetChecksum.verifies(InternetChecksum.sum(s, at, headerLength));
  }

  /** Computes the header checksum and writes it. */
  public static void fillChecksum(MemorySegment s, long at) {
    NetworkOrder.put16(s, at + CHECKSUM, 0);
    long sum = InternetChecksum.sum(s, at, headerLength(s, at));
    NetworkOrder.put16(s, at + CHECKSUM, InternetChecksum.complement(sum));
  }

  /**
   * The sum of the pseudo header made of this header's addresses.
   *
   * @param length of the upper-layer header and payload
   */
  public static long pseudoHeader(MemorySegment s, long at, int protocol, int length) {
    return InternetChecksum.pseudoHeader4(source(s, at), destination(s, at), protocol, length);
  }

  /**
   * Writes a header as all packets for the guest have it: no options, DF, identification 0, TTL
   * 255, type of service 0, with its checksum.
   *
   * @param totalLength bytes in header and payload
   */
  public static void write(
      MemorySegment s, long at, int totalLength, int protocol, int source, int destination) {
    write(s, at, totalLength, DEFAULT_TTL, protocol, source, destination);
  }

  /**
   * The same with another TTL and type of service.
   *
   * @param forwarding {@code tos << 8 | ttl}
   */
  public static void write(
      MemorySegment s,
      long at,
      int totalLength,
      int forwarding,
      int protocol,
      int source,
      int destination) {
    int first = 0x4500 | forwarding >>> 8;
    int fifth = (forwarding & 0xff) << 8 | protocol;
    NetworkOrder.put16(s, at + VERSION_IHL, first);
    NetworkOrder.put16(s, at + TOTAL_LENGTH, totalLength);
    NetworkOrder.put32(s, at + IDENTIFICATION, DONT_FRAGMENT);
    NetworkOrder.put16(s, at + TTL, fifth);
    NetworkOrder.put32(s, at + SOURCE, source);
    NetworkOrder.put32(s, at + DESTINATION, destination);
    long sum =
        first
            + totalLength
            + DONT_FRAGMENT
            + fifth
            + (source & 0xffff_ffffL)
            + (destination & 0xffff_ffffL);
    NetworkOrder.put16(s, at + CHECKSUM, InternetChecksum.complement(sum));
  }
}
