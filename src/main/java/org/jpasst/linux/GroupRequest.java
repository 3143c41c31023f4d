package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jpasst.net.IpAddress;

/**
 * Joins a socket to a multicast group: {@code struct ip_mreqn} (ip(7)) and {@code struct ipv6_mreq}
 * (RFC 3493 section 5.2).
 */
public final class GroupRequest {
  private static final int LENGTH4 = 12;
  private static final int LENGTH6 = 20;
  private static final long INTERFACE4_AT = 8;
  private static final long INTERFACE6_AT = 16;

  private static final ValueLayout.OfInt IPV4 = JAVA_INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong HALF =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private GroupRequest() {}

  /**
   * Joins a group. The socket hears no groups that only others have joined.
   *
   * @param interfaceIndex 0 for the one that the host's routes have for the group
   * @return 0 or the negated error number
   */
  public static int join(Sockets sockets, int fd, IpAddress group, int interfaceIndex) {
    boolean ipv4 = group.isIpv4();
    hearOnlyJoined(sockets, fd, ipv4);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment s = arena.allocate(LENGTH6, Long.BYTES);
      if (ipv4) {
        s.set(IPV4, 0, group.ipv4());
        s.set(JAVA_INT, INTERFACE4_AT, interfaceIndex);
        return sockets.setsockopt(
            fd, SocketLevel.IP, SocketOption.IP_ADD_MEMBERSHIP, s, 0, LENGTH4);
      }
      s.set(HALF, 0, group.hi());
      s.set(HALF, Long.BYTES, group.lo());
      s.set(JAVA_INT, INTERFACE6_AT, interfaceIndex);
      return sockets.setsockopt(
          fd, SocketLevel.IPV6, SocketOption.IPV6_ADD_MEMBERSHIP, s, 0, LENGTH6);
    }
  }

  /** Has a socket hear no groups that only others have joined (IP_MULTICAST_ALL in ip(7)). */
  public static void hearOnlyJoined(Sockets sockets, int fd, boolean ipv4) {
    if (ipv4) {
      sockets.setsockopt(fd, SocketLevel.IP, SocketOption.IP_MULTICAST_ALL, 0);
    } else {
      sockets.setsockopt(fd, SocketLevel.IPV6, SocketOption.IPV6_MULTICAST_ALL, 0);
    }
  }
}
