package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The IPv6 header (RFC 8200 section 3). Addresses are two {@code long}s, first byte most
 * significant.
 *
 * <pre>
 *  0       1       2       3
 * +---+-------+-------------------+
 * |ver|class  | flow label        |
 * +---+-------+---+-------+-------+ 4
 * | payload length| next  | hops  |
 * +---------------+-------+-------+ 8
 * | source address                |
 * +-------------------------------+ 24
 * | destination address           |
 * +-------------------------------+ 40: extension headers
 * </pre>
 */
public final class Ipv6Header {
  /** Bytes in the header. */
  public static final int LENGTH = 40;

  /** The hop limit of packets for the guest, and what NDP demands (RFC 4861 section 7.1). */
  public static final int HOP_LIMIT = 255;

  private static final int VERSION_CLASS_FLOW = 0;
  private static final int PAYLOAD_LENGTH = 4;
  private static final int NEXT_HEADER = 6;
  private static final int HOPS = 7;
  private static final int SOURCE = 8;
  private static final int DESTINATION = 24;

  private static final int VERSION_BITS = 6 << 28;
  private static final int FLOW_LABEL_MASK = 0xfffff;

  private Ipv6Header() {}

  /**
   * Whether a whole IPv6 packet lies at {@code at}: version 6, and a payload length within what is
   * there. Bytes after it are padding.
   *
   * @param available bytes from {@code at} to the end of the frame
   */
  public static boolean valid(MemorySegment s, long at, int available) {
    return available >= LENGTH && version(s, at) == 6 && payloadLength(s, at) <= available - LENGTH;
  }

  /** The version field. */
  public static int version(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at) >>> 4;
  }

  /** The traffic class: DSCP and ECN. */
  public static int trafficClass(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + VERSION_CLASS_FLOW) >>> 4 & 0xff;
  }

  /** Sets the traffic class. */
  public static void trafficClass(MemorySegment s, long at, int trafficClass) {
    int others = NetworkOrder.get16(s, at + VERSION_CLASS_FLOW) & 0xf00f;
    NetworkOrder.put16(s, at + VERSION_CLASS_FLOW, others | trafficClass << 4);
  }

  /** The flow label, 20 bits. */
  public static int flowLabel(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + VERSION_CLASS_FLOW) & FLOW_LABEL_MASK;
  }

  /** Bytes after this header. */
  public static int payloadLength(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + PAYLOAD_LENGTH);
  }

  /** Sets the number of bytes after this header. */
  public static void payloadLength(MemorySegment s, long at, int length) {
    NetworkOrder.put16(s, at + PAYLOAD_LENGTH, length);
  }

  /** Sets what follows this header. */
  public static void nextHeader(MemorySegment s, long at, int nextHeader) {
    NetworkOrder.put8(s, at + NEXT_HEADER, nextHeader);
  }

  /** What follows this header: an extension header or an upper-layer protocol. */
  public static int nextHeader(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at + NEXT_HEADER);
  }

  /** The hop limit. */
  public static int hopLimit(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at + HOPS);
  }

  /** Sets the hop limit. */
  public static void hopLimit(MemorySegment s, long at, int hops) {
    NetworkOrder.put8(s, at + HOPS, hops);
  }

  /** First half of the source address. */
  public static long sourceHi(MemorySegment s, long at) {
    return NetworkOrder.get64(s, at + SOURCE);
  }

  /** Second half of the source address. */
  public static long sourceLo(MemorySegment s, long at) {
    return NetworkOrder.get64(s, at + SOURCE + 8);
  }

  /** First half of the destination address. */
  public static long destinationHi(MemorySegment s, long at) {
    return NetworkOrder.get64(s, at + DESTINATION);
  }

  /** Second half of the destination address. */
  public static long destinationLo(MemorySegment s, long at) {
    return NetworkOrder.get64(s, at + DESTINATION + 8);
  }

  /**
   * The sum of the pseudo header made of this header's addresses.
   *
   * @param length of the upper-layer header and payload
   */
  public static long pseudoHeader(MemorySegment s, long at, int protocol, int length) {
    return InternetChecksum.pseudoHeader6(
        sourceHi(s, at),
        sourceLo(s, at),
        destinationHi(s, at),
        destinationLo(s, at),
        protocol,
        length);
  }

  /**
   * Writes a header as all packets for the guest have it: traffic class 0, hop limit 255.
   *
   * @param flowLabel its low 20 bits are used
   * @param payloadLength bytes after this header
   */
  public static void write(
      MemorySegment s,
      long at,
      int flowLabel,
      int payloadLength,
      int nextHeader,
      long sourceHi,
      long sourceLo,
      long destinationHi,
      long destinationLo) {
    NetworkOrder.put32(s, at + VERSION_CLASS_FLOW, VERSION_BITS | flowLabel & FLOW_LABEL_MASK);
    NetworkOrder.put16(s, at + PAYLOAD_LENGTH, payloadLength);
    NetworkOrder.put16(s, at + NEXT_HEADER, nextHeader << 8 | HOP_LIMIT);
    NetworkOrder.put64(s, at + SOURCE, sourceHi);
    NetworkOrder.put64(s, at + SOURCE + 8, sourceLo);
    NetworkOrder.put64(s, at + DESTINATION, destinationHi);
    NetworkOrder.put64(s, at + DESTINATION + 8, destinationLo);
  }
}
