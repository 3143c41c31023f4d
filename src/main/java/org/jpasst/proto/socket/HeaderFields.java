package org.jpasst.proto.socket;

import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;

/**
 * The fields of the guest's IP header that its datagrams keep on the host's side: TTL or hop limit,
 * and type of service or traffic class. Remembers what a socket has, so that the kernel is told
 * only of changes.
 */
public final class HeaderFields {
  private static final int UNKNOWN = -1;

  private int ttl = UNKNOWN;
  private int tos;

  /** Before a new socket's first datagram: its TTL is the host's default, its TOS zero. */
  public void reset() {
    ttl = UNKNOWN;
    tos = 0;
  }

  /** Whether a datagram with these needs no change. */
  public boolean match(int datagramTtl, int datagramTos) {
    return ttl == datagramTtl && tos == datagramTos;
  }

  /**
   * Has the socket's next datagrams carry these.
   *
   * @param multicast whether the destination is a multicast address, which has a TTL of its own
   * @param hops how many of the TTL are used up here: 1 where we are the guest's router
   */
  public void apply(
      Sockets sockets, int fd, boolean ipv4, boolean multicast, int newTtl, int hops, int newTos) {
    int level = ipv4 ? SocketLevel.IP : SocketLevel.IPV6;
    if (newTtl != ttl) {
      sockets.setsockopt(fd, level, ttlOption(ipv4, multicast), newTtl - hops);
      ttl = newTtl;
    }
    if (newTos != tos) {
      sockets.setsockopt(fd, level, ipv4 ? SocketOption.IP_TOS : SocketOption.IPV6_TCLASS, newTos);
      tos = newTos;
    }
  }

  private static int ttlOption(boolean ipv4, boolean multicast) {
    if (ipv4) {
      return multicast ? SocketOption.IP_MULTICAST_TTL : SocketOption.IP_TTL;
    }
    return multicast ? SocketOption.IPV6_MULTICAST_HOPS : SocketOption.IPV6_UNICAST_HOPS;
  }
}
