package org.jpasst.wire;

import java.lang.foreign.MemorySegment;

/**
 * An ARP packet for Ethernet and IPv4 (RFC 826).
 *
 * <pre>
 *  0        2          4    5    6         8      14    18     24    28
 * +--------+----------+----+----+---------+------+-----+------+-----+
 * |hardware| protocol |hlen|plen|operation|sender MAC,IP|target MAC,IP|
 * +--------+----------+----+----+---------+------+-----+------+-----+
 * </pre>
 */
public final class ArpHeader {
  /** Bytes in the packet. */
  public static final int LENGTH = 28;

  /** Operation: request. */
  public static final int REQUEST = 1;

  /** Operation: reply. */
  public static final int REPLY = 2;

  /** Operation of RARP, which has the same layout: request reverse (RFC 903). */
  public static final int REVERSE_REQUEST = 3;

  private static final int HARDWARE_TYPE = 0;
  private static final int OPERATION = 6;
  private static final int SENDER_MAC = 8;
  private static final int SENDER_IP = 14;
  private static final int TARGET_MAC = 18;
  private static final int TARGET_IP = 24;

  /** Hardware type 1 (Ethernet), protocol 0x0800 (IPv4), address lengths 6 and 4. */
  private static final long ETHERNET_IPV4 = 0x0001_0800_0604L;

  private ArpHeader() {}

  /**
   * Whether a whole packet for Ethernet and IPv4 lies at {@code at}.
   *
   * @param available bytes from {@code at} to the end of the frame
   */
  public static boolean valid(MemorySegment s, long at, int available) {
    return available >= LENGTH && NetworkOrder.get48(s, at + HARDWARE_TYPE) == ETHERNET_IPV4;
  }

  /** The operation: request, reply, ... */
  public static int operation(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + OPERATION);
  }

  /** The sender's Ethernet address, 48 bits. */
  public static long senderMac(MemorySegment s, long at) {
    return NetworkOrder.get48(s, at + SENDER_MAC);
  }

  /** The sender's IPv4 address. */
  public static int senderIp(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + SENDER_IP);
  }

  /** The target's IPv4 address. */
  public static int targetIp(MemorySegment s, long at) {
    return NetworkOrder.get32(s, at + TARGET_IP);
  }

  /** Writes the whole packet. */
  public static void write(
      MemorySegment s,
      long at,
      int operation,
      long senderMac,
      int senderIp,
      long targetMac,
      int targetIp) {
    NetworkOrder.put48(s, at + HARDWARE_TYPE, ETHERNET_IPV4);
    NetworkOrder.put16(s, at + OPERATION, operation);
    NetworkOrder.put48(s, at + SENDER_MAC, senderMac);
    NetworkOrder.put32(s, at + SENDER_IP, senderIp);
    NetworkOrder.put48(s, at + TARGET_MAC, targetMac);
    NetworkOrder.put32(s, at + TARGET_IP, targetIp);
  }
}
