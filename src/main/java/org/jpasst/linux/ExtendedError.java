package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jpasst.net.IpAddress;

/**
 * What a socket's error queue says about one failed datagram: {@code struct sock_extended_err} with
 * the offender's address behind it (linux/errqueue.h, IP_RECVERR in ip(7)). Stateless.
 */
public final class ExtendedError {
  /** Origin: this host's own stack. */
  public static final int ORIGIN_LOCAL = 1;

  /** Origin: an ICMP message. */
  public static final int ORIGIN_ICMP = 2;

  /** Origin: an ICMPv6 message. */
  public static final int ORIGIN_ICMP6 = 3;

  /** Room for the control message's content: the structure and {@code sockaddr_in6}. */
  public static final int LENGTH = 16 + SocketAddress.CAPACITY;

  private static final ValueLayout.OfInt IPV4 = JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong HALF =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int MINIMUM = 16 + 16;
  private static final long ORIGIN_AT = 4;
  private static final long TYPE_AT = 5;
  private static final long CODE_AT = 6;
  private static final long INFO_AT = 8;
  private static final long OFFENDER_AT = 16;
  private static final long OFFENDER_IPV4_AT = OFFENDER_AT + 4;
  private static final long OFFENDER_IPV6_AT = OFFENDER_AT + 8;

  private ExtendedError() {}

  /** Finds the message of either family; {@link ControlBuffer#NONE} if there is none. */
  public static long find(ControlBuffer control) {
    long at = control.find(SocketLevel.IP, SocketOption.IP_RECVERR, MINIMUM);
    return at != ControlBuffer.NONE
        ? at
        : control.find(SocketLevel.IPV6, SocketOption.IPV6_RECVERR, LENGTH);
  }

  /** The error number, positive; one of {@link Errno}. */
  public static int errno(MemorySegment s, long at) {
    return s.get(JAVA_INT, at);
  }

  /** One of the origins above, or another. */
  public static int origin(MemorySegment s, long at) {
    return s.get(JAVA_BYTE, at + ORIGIN_AT);
  }

  /** Type of the ICMP or ICMPv6 message. */
  public static int type(MemorySegment s, long at) {
    return s.get(JAVA_BYTE, at + TYPE_AT) & 0xff;
  }

  /** Code of the ICMP or ICMPv6 message. */
  public static int code(MemorySegment s, long at) {
    return s.get(JAVA_BYTE, at + CODE_AT) & 0xff;
  }

  /** Further information: the path MTU for EMSGSIZE. */
  public static int info(MemorySegment s, long at) {
    return s.get(JAVA_INT, at + INFO_AT);
  }

  /** Whether the sender of the ICMP message is known. */
  public static boolean hasOffender(MemorySegment s, long at) {
    return s.get(JAVA_SHORT, at + OFFENDER_AT) != AddressFamily.UNSPEC;
  }

  /** First half of the offender's address. */
  public static long offenderHi(MemorySegment s, long at) {
    return isInet6(s, at) ? s.get(HALF, at + OFFENDER_IPV6_AT) : 0;
  }

  /** Second half of the offender's address; in mapped form for IPv4. */
  public static long offenderLo(MemorySegment s, long at) {
    return isInet6(s, at)
        ? s.get(HALF, at + OFFENDER_IPV6_AT + 8)
        : IpAddress.mapped(s.get(IPV4, at + OFFENDER_IPV4_AT));
  }

  private static boolean isInet6(MemorySegment s, long at) {
    return s.get(JAVA_SHORT, at + OFFENDER_AT) == AddressFamily.INET6;
  }
}
