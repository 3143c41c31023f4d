package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The TCP header (RFC 9293 section 3.1).
 *
 * <pre>
 *  0       1       2       3
 * +---------------+---------------+
 * | source port   | destination   |
 * +---------------+---------------+ 4
 * | sequence number               |
 * +-------------------------------+ 8
 * | acknowledgment number         |
 * +-------+-------+---------------+ 12
 * | off,  | flags | window        |
 * +-------+-------+---------------+ 16
 * | checksum      | urgent        |
 * +---------------+---------------+ 20: options
 * </pre>
 */
public final class TcpHeader {
  /** Bytes in a header without options. */
  public static final int LENGTH = 20;

  /** Bytes in the longest header. */
  public static final int MAX_LENGTH = 60;

  /** Flag: no more data from the sender. */
  public static final int FIN = 0x01;

  /** Flag: synchronise sequence numbers. */
  public static final int SYN = 0x02;

  /** Flag: reset the connection. */
  public static final int RST = 0x04;

  /** Flag: push. */
  public static final int PSH = 0x08;

  /** Flag: the acknowledgment field counts. */
  public static final int ACK = 0x10;

  /** Flag: the urgent field counts. */
  public static final int URG = 0x20;

  /** Flag: ECN echo (RFC 3168). */
  public static final int ECE = 0x40;

  /** Flag: congestion window reduced (RFC 3168). */
  public static final int CWR = 0x80;

  /** The flags that change a connection's state, or show that it has one. */
  public static final int STATE = SYN | ACK | RST | FIN;

  private static final int SOURCE_PORT = 0;
  private static final int DESTINATION_PORT = 2;
  private static final int SEQUENCE = 4;
  private static final int ACKNOWLEDGMENT = 8;
  private static final int DATA_OFFSET = 12;
  private static final int FLAGS = 13;
  private static final int WINDOW = 14;

  /** Where the checksum is. */
  public static final int CHECKSUM = 16;

  private TcpHeader() {}

  /**
   * Whether a whole header, options included, lies at {@code at}.
   *
   * @param available bytes from {@code at} to the end of the IP packet
   */
  public static boolean valid(MemorySegment s, long at, int available) {
    if (available < LENGTH) {
      return false;
    }
    int header = headerLength(s, at);
    return header >= LENGTH && header <= available;
  }

  /** The source port. */
  public static int sourcePort(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + SOURCE_PORT);
  }

  /** The destination port. */
  public static int destinationPort(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + DESTINATION_PORT);
  }

  /** The sequence number. */
  public static int sequence(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + SEQUENCE);
  }

  /** Sets the sequence number. */
  public static void sequence(MemorySegment s, long at, int sequence) {
    NetworkOrder.put32(s, at + SEQUENCE, sequence);
  }

  /** The acknowledgment number. */
  public static int acknowledgment(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + ACKNOWLEDGMENT);
  }

  /** Bytes in the header including options: 0 to 60. */
  public static int headerLength(MemorySegment s, long at) {
    return (NetworkOrder.get8(s, at + DATA_OFFSET) >>> 4) * 4;
  }

  /** The eight flags, an or of the constants here. */
  public static int flags(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at + FLAGS);
  }

  /** Sets the eight flags. */
  public static void flags(MemorySegment s, long at, int flags) {
    NetworkOrder.put8(s, at + FLAGS, flags);
  }

  /** The window as it stands there, not scaled. */
  public static int window(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + WINDOW);
  }

  /** The checksum as it stands there. */
  public static int checksum(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + CHECKSUM);
  }

  /**
   * Writes the header, checksum and urgent pointer 0; options, if any, are the caller's.
   *
   * @param headerLength bytes with options, a multiple of 4
   * @param window not scaled
   */
  public static void write(
      MemorySegment s,
      long at,
      int sourcePort,
      int destinationPort,
      int sequence,
      int acknowledgment,
      int headerLength,
      int flags,
      int window) {
    NetworkOrder.put16(s, at + SOURCE_PORT, sourcePort);
    NetworkOrder.put16(s, at + DESTINATION_PORT, destinationPort);
    NetworkOrder.put32(s, at + SEQUENCE, sequence);
    NetworkOrder.put32(s, at + ACKNOWLEDGMENT, acknowledgment);
    NetworkOrder.put8(s, at + DATA_OFFSET, headerLength / 4 << 4);
    NetworkOrder.put8(s, at + FLAGS, flags);
    NetworkOrder.put16(s, at + WINDOW, window);
    NetworkOrder.put32(s, at + CHECKSUM, 0);
  }

  /**
   * Computes the checksum and writes it.
   *
   * @param length of header and payload
   * @param pseudoHeader sum of the pseudo header, with that length
   */
  public static void fillChecksum(MemorySegment s, long at, int length, long pseudoHeader) {
    NetworkOrder.put16(s, at + CHECKSUM, 0);
    putChecksum(s, at, pseudoHeader + InternetChecksum.sum(s, at, length));
  }

  /**
   * Writes the sum of the pseudo header where the checksum goes, for whoever adds the rest (virtio
   * 1.3 section 5.1.6.2.1).
   */
  public static void putPartialChecksum(MemorySegment s, long at, long pseudoHeader) {
    NetworkOrder.put16(s, at + CHECKSUM, InternetChecksum.fold(pseudoHeader));
  }

  /** Writes the checksum for a sum over everything, made with the field 0. */
  public static void putChecksum(MemorySegment s, long at, long sum) {
    NetworkOrder.put16(s, at + CHECKSUM, InternetChecksum.complement(sum));
  }
}
