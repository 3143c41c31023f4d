package org.jpasst.proto.socket;

import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;

/**
 * The fields of the IP header of what a socket receives that go on to the guest, as control
 * messages tell them (ip(7), ipv6(7)).
 */
public final class ReceivedFields {
  /** Bytes of control buffer that all of them take. */
  public static final int CAPACITY = ControlBuffer.capacityFor(Integer.BYTES, Integer.BYTES);

  private ReceivedFields() {}

  /** Has a socket tell of type of service, or traffic class. */
  public static void demandService(Sockets sockets, int fd, boolean ipv4) {
    if (ipv4) {
      sockets.setsockopt(fd, SocketLevel.IP, SocketOption.IP_RECVTOS, 1);
    } else {
      sockets.setsockopt(fd, SocketLevel.IPV6, SocketOption.IPV6_RECVTCLASS, 1);
    }
  }

  /** Has a socket tell of TTL, or hop limit. */
  public static void demandHops(Sockets sockets, int fd, boolean ipv4) {
    if (ipv4) {
      sockets.setsockopt(fd, SocketLevel.IP, SocketOption.IP_RECVTTL, 1);
    } else {
      sockets.setsockopt(fd, SocketLevel.IPV6, SocketOption.IPV6_RECVHOPLIMIT, 1);
    }
  }

  /** Type of service, or traffic class; 0 where the socket hasn't told. */
  public static int service(ControlBuffer control, boolean ipv4) {
    return ipv4
        ? control.findByte(SocketLevel.IP, SocketOption.IP_TOS, 0)
        : control.findInt(SocketLevel.IPV6, SocketOption.IPV6_TCLASS, 0);
  }

  /** TTL, or hop limit; a default where the socket hasn't told. */
  public static int hops(ControlBuffer control, boolean ipv4, int otherwise) {
    return ipv4
        ? control.findInt(SocketLevel.IP, SocketOption.IP_TTL, otherwise)
        : control.findInt(SocketLevel.IPV6, SocketOption.IPV6_HOPLIMIT, otherwise);
  }
}
