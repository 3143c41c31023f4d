package org.jpasst.proto.dhcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.wire.NetworkOrder;

/**
 * The fixed part of a DHCP message (RFC 2131 section 2), up to the options.
 *
 * <pre>
 *  0       1       2       3
 * +-------+-------+-------+-------+
 * |  op   | htype | hlen  | hops  |
 * +-------+-------+-------+-------+ 4
 * |              xid              |
 * +---------------+---------------+ 8
 * |     secs      |     flags     |
 * +---------------+---------------+ 12
 * |            ciaddr             |
 * |            yiaddr             | 16
 * |            siaddr             | 20
 * |            giaddr             | 24
 * +-------------------------------+ 28
 * | chaddr (16), sname (64), file (128)
 * +-------------------------------+ 236
 * |          magic cookie         |
 * +-------------------------------+ 240: options
 * </pre>
 */
final class DhcpMessage {
  /** Bytes before the options. */
  static final int FIXED_LENGTH = 240;

  /** Bytes in the shortest message we send, as BOOTP clients expect (RFC 1542 section 2.1). */
  static final int MIN_LENGTH = 300;

  /** Bytes in the longest: all that a client must take, 576 less the headers (RFC 2131, 2). */
  static final int MAX_LENGTH = 576 - 20 - 8;

  static final int SERVER_PORT = 67;
  static final int CLIENT_PORT = 68;

  static final int BOOT_REQUEST = 1;
  private static final int BOOT_REPLY = 2;
  private static final int BROADCAST_FLAG = 0x8000;
  private static final int MAX_HARDWARE_LENGTH = 16;

  private static final int OP = 0;
  private static final int HARDWARE_LENGTH = 2;
  private static final int HOPS = 3;
  private static final int SECS = 8;
  private static final int FLAGS = 10;
  private static final int CIADDR = 12;
  private static final int YIADDR = 16;
  private static final int SIADDR = 20;
  private static final int GIADDR = 24;
  private static final int CHADDR = 28;
  private static final int SNAME = 44;
  private static final int COOKIE = 236;

  private DhcpMessage() {}

  /** Whether a client's message lies at {@code at}, whose fixed part is all there. */
  static boolean valid(MemorySegment s, long at, int length) {
    return length >= FIXED_LENGTH
        && NetworkOrder.get8(s, at + OP) == BOOT_REQUEST
        && NetworkOrder.get8(s, at + HARDWARE_LENGTH) <= MAX_HARDWARE_LENGTH;
  }

  static boolean broadcast(MemorySegment s, long at) {
    return (NetworkOrder.get16(s, at + FLAGS) & BROADCAST_FLAG) != 0;
  }

  static int ciaddr(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + CIADDR);
  }

  static int giaddr(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + GIADDR);
  }

  /**
   * Writes the fixed part of an answer: type and address of hardware, transaction, flags, relay and
   * cookie as in the request, the rest zero but for the two addresses.
   */
  static void writeReply(
      MemorySegment in, long at, MemorySegment out, long outAt, int ciaddr, int yiaddr) {
    MemorySegment.copy(in, at, out, outAt, SNAME);
    NetworkOrder.put8(out, outAt + OP, BOOT_REPLY);
    NetworkOrder.put8(out, outAt + HOPS, 0);
    NetworkOrder.put16(out, outAt + SECS, 0);
    NetworkOrder.put32(out, outAt + CIADDR, ciaddr);
    NetworkOrder.put32(out, outAt + YIADDR, yiaddr);
    NetworkOrder.put32(out, outAt + SIADDR, 0);
    for (int i = SNAME; i < COOKIE; i += 8) {
      NetworkOrder.put64(out, outAt + i, 0);
    }
    NetworkOrder.put32(out, outAt + COOKIE, NetworkOrder.get32(in, at + COOKIE));
  }
}
