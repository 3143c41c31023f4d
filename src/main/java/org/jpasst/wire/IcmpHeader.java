package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * The ICMP header (RFC 792, RFC 1191); type, code and echo are ICMPv6's, too. Readable where at
 * least {@link #LENGTH} bytes are there.
 *
 * <pre>
 *  0    1    2        4          6        8
 * +----+----+--------+----------+--------+
 * |type|code|checksum|identifier|sequence|   echo
 * |    |    |        |  unused  |  MTU   |   destination unreachable
 * +----+----+--------+----------+--------+
 * </pre>
 */
public final class IcmpHeader {
  /** Bytes in the header. */
  public static final int LENGTH = 8;

  /** Type: echo reply. */
  public static final int ECHO_REPLY = 0;

  /** Type: destination unreachable. */
  public static final int DESTINATION_UNREACHABLE = 3;

  /** Type: echo request. */
  public static final int ECHO_REQUEST = 8;

  /** Type: time exceeded. */
  public static final int TIME_EXCEEDED = 11;

  /** Code of destination unreachable: fragmentation needed, with the next hop's MTU. */
  public static final int FRAGMENTATION_NEEDED = 4;

  private static final int TYPE = 0;
  private static final int CODE = 1;
  private static final int CHECKSUM = 2;
  private static final int REST = 4;
  private static final int IDENTIFIER = 4;
  private static final int SEQUENCE = 6;

  private IcmpHeader() {}

  /** The message type. */
  public static int type(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at + TYPE);
  }

  /** The code within the type. */
  public static int code(MemorySegment s, long at) {
    return NetworkOrder.get8(s, at + CODE);
  }

  /** The identifier of an echo message. */
  public static int identifier(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + IDENTIFIER);
  }

  /** Sets the identifier of an echo message. */
  public static void identifier(MemorySegment s, long at, int identifier) {
    NetworkOrder.put16(s, at + IDENTIFIER, identifier);
  }

  /** The sequence number of an echo message. */
  public static int sequence(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + SEQUENCE);
  }

  /** The next hop's MTU in "fragmentation needed" (RFC 1191 section 4). */
  public static int mtu(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + SEQUENCE);
  }

  /** Writes the header, checksum 0. {@code rest} is the four bytes whose meaning is the type's. */
  public static void write(MemorySegment s, long at, int type, int code, int rest) {
    NetworkOrder.put32(s, at + TYPE, type << 24 | code << 16);
    NetworkOrder.put32(s, at + REST, rest);
  }

  /** Whether the checksum over {@code length} bytes of message is right. */
  public static boolean checksumVerifies(MemorySegment s, long at, int length) {
    return InternetChecksum.verifies(InternetChecksum.sum(s, at, length));
  }

  /** Computes the checksum over {@code length} bytes of message and writes it. */
  public static void fillChecksum(MemorySegment s, long at, int length) {
    NetworkOrder.put16(s, at + CHECKSUM, 0);
    long sum = InternetChecksum.sum(s, at, length);
    NetworkOrder.put16(s, at + CHECKSUM, InternetChecksum.complement(sum));
  }
}
