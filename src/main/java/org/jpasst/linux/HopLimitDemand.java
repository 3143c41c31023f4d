package org.jpasst.linux;

/**
 * Has a TCP socket demand the largest TTL and hop limit there is (RFC 5082): what comes with less
 * is dropped silently, SYNs as well. Hosts send with 64 or 128, so this leaves only a peer on the
 * same link that sends with 255. Needs no privilege. See ip(7), IP_MINTTL, and ipv6(7),
 * IPV6_MINHOPCOUNT.
 */
final class HopLimitDemand {
  private static final int LARGEST = 255;
  private static final int NONE = 0;

  /** From now on the socket drops nearly all that comes; 0 or the negated error number. */
  int attach(Sockets sockets, int fd) {
    return set(sockets, fd, LARGEST);
  }

  /** Takes the demand back; 0 or the negated error number. */
  int detach(Sockets sockets, int fd) {
    return set(sockets, fd, NONE);
  }

  /** Both, since an IPv6 socket may have IPv4 peers; an IPv4 socket knows only the first. */
  private static int set(Sockets sockets, int fd, int least) {
    int ipv4 = sockets.setsockopt(fd, SocketLevel.IP, SocketOption.IP_MINTTL, least);
    int ipv6 = sockets.setsockopt(fd, SocketLevel.IPV6, SocketOption.IPV6_MINHOPCOUNT, least);
    return ipv6 == -Errno.ENOPROTOOPT ? ipv4 : Math.min(ipv4, ipv6);
  }
}
