package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The UDP header (RFC 768).
 *
 * <pre>
 *  0       2           4      6        8
 * +-------+-----------+------+--------+
 * |source |destination|length|checksum|
 * +-------+-----------+------+--------+
 * </pre>
 */
public final class UdpHeader {
  /** Bytes in the header. */
  public static final int LENGTH = 8;

  private static final int SOURCE_PORT = 0;
  private static final int DESTINATION_PORT = 2;
  private static final int LENGTH_FIELD = 4;

  /** Where the checksum is. */
  public static final int CHECKSUM = 6;

  private UdpHeader() {}

  /** The source port. */
  public static int sourcePort(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + SOURCE_PORT);
  }

  /** The destination port. */
  public static int destinationPort(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + DESTINATION_PORT);
  }

  /** Bytes in header and payload. */
  public static int length(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + LENGTH_FIELD);
  }

  /** Sets how many bytes header and payload have. */
  public static void length(MemorySegment s, long at, int length) {
    NetworkOrder.put16(s, at + LENGTH_FIELD, length);
  }

  /** The checksum as it stands there; 0 means "none" over IPv4. */
  public static int checksum(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + CHECKSUM);
  }

  /** Writes the header, checksum 0. {@code length} covers header and payload. */
  public static void write(
      MemorySegment s, long at, int sourcePort, int destinationPort, int length) {
    NetworkOrder.put16(s, at + SOURCE_PORT, sourcePort);
    NetworkOrder.put16(s, at + DESTINATION_PORT, destinationPort);
    NetworkOrder.put32(s, at + LENGTH_FIELD, length << 16);
  }

  /**
   * Computes the checksum over the length field's length and writes it; a zero as 0xffff.
   *
   * @param pseudoHeader sum of the pseudo header, with the length field's length
   */
  public static void fillChecksum(MemorySegment s, long at, long pseudoHeader) {
    NetworkOrder.put16(s, at + CHECKSUM, 0);
    putChecksum(s, at, pseudoHeader + InternetChecksum.sum(s, at, length(s, at)));
  }

  /**
   * Writes the sum of the pseudo header where the checksum goes, for whoever adds the rest (virtio
   * 1.3 section 5.1.6.2.1).
   */
  public static void putPartialChecksum(MemorySegment s, long at, long pseudoHeader) {
    NetworkOrder.put16(s, at + CHECKSUM, InternetChecksum.fold(pseudoHeader));
  }

  /** Writes the checksum for a sum over everything, made with the field 0; a zero as 0xffff. */
  public static void putChecksum(MemorySegment s, long at, long sum) {
    int checksum = InternetChecksum.complement(sum);
    NetworkOrder.put16(s, at + CHECKSUM, checksum == 0 ? 0xffff : checksum);
  }
}
