package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jpasst.net.IpAddress;

/**
 * The control messages that carry a datagram's local address: {@code struct in_pktinfo} (ip(7)) and
 * {@code struct in6_pktinfo} (RFC 3542 section 6). Stateless.
 */
public final class PacketInfo {
  /** Size of {@code in_pktinfo}. */
  public static final int LENGTH4 = 12;

  /** Size of {@code in6_pktinfo}. */
  public static final int LENGTH6 = 20;

  private static final ValueLayout.OfInt IPV4 = JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong HALF =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final long DESTINATION4_AT = 8;
  private static final long INTERFACE6_AT = 16;

  private PacketInfo() {}

  /** Finds the IPv4 message; {@link ControlBuffer#NONE} if there is none. */
  public static long find4(ControlBuffer control) {
    return control.find(SocketLevel.IP, SocketOption.IP_PKTINFO, LENGTH4);
  }

  /** Finds the IPv6 message; {@link ControlBuffer#NONE} if there is none. */
  public static long find6(ControlBuffer control) {
    return control.find(SocketLevel.IPV6, SocketOption.IPV6_PKTINFO, LENGTH6);
  }

  /** Index of the interface that an IPv4 datagram came by. */
  public static int interface4(MemorySegment s, long at) {
    return s.get(JAVA_INT, at);
  }

  /** Destination of an IPv4 datagram, low half in mapped form; the high half is zero. */
  public static long destination4(MemorySegment s, long at) {
    return IpAddress.mapped(s.get(IPV4, at + DESTINATION4_AT));
  }

  /** Index of the interface that an IPv6 datagram came by. */
  public static int interface6(MemorySegment s, long at) {
    return s.get(JAVA_INT, at + INTERFACE6_AT);
  }

  /** First half of an IPv6 datagram's destination. */
  public static long destinationHi6(MemorySegment s, long at) {
    return s.get(HALF, at);
  }

  /** Second half of an IPv6 datagram's destination; IPv4 appears mapped on dual-stack sockets. */
  public static long destinationLo6(MemorySegment s, long at) {
    return s.get(HALF, at + 8);
  }
}
