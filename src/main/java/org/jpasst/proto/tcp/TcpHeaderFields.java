package org.jpasst.proto.tcp;

import org.jpasst.flow.FlowSide;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;

/**
 * What the IP headers of the guest's segments ask for, as far as a TCP socket does it: the
 * differentiated services code point of all of them, and the TTL of a connection that looks for the
 * way (traceroute). ECN is each TCP's own (RFC 3168 section 6).
 */
final class TcpHeaderFields {
  /** Linux's default; what has as much isn't changed. */
  static final int USUAL_TTL = 64;

  private static final int DSCP = 0xfc;

  private final Sockets sockets;
  private final AddressTranslation translation;

  TcpHeaderFields(Sockets sockets, AddressTranslation translation) {
    this.sockets = sockets;
    this.translation = translation;
  }

  /**
   * Prepares the socket of a connection that the guest opens.
   *
   * @param ttl of its SYN, which has one hop less behind us where we are a router to it
   */
  void begin(TcpConnection c, int ttl, int service) {
    serve(c, service);
    if (ttl < USUAL_TTL) {
      FlowSide side = c.flow.guest();
      int left = ttl - translation.hopsTo(side.ourHi(), side.ourLo());
      boolean ipv4 = c.flow.host().isIpv4();
      sockets.setsockopt(
          c.fd,
          ipv4 ? SocketLevel.IP : SocketLevel.IPV6,
          ipv4 ? SocketOption.IP_TTL : SocketOption.IPV6_UNICAST_HOPS,
          left);
    }
  }

  /** The guest's segments have this type of service, or traffic class, from now on. */
  void serve(TcpConnection c, int service) {
    int asked = service & DSCP;
    if (asked != c.service && c.phase != TcpConnection.Phase.PAUSED) {
      c.service = asked;
      boolean ipv4 = c.flow.host().isIpv4();
      sockets.setsockopt(
          c.fd,
          ipv4 ? SocketLevel.IP : SocketLevel.IPV6,
          ipv4 ? SocketOption.IP_TOS : SocketOption.IPV6_TCLASS,
          asked);
    }
  }
}
