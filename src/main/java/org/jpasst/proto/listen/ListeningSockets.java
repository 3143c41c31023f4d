package org.jpasst.proto.listen;

import org.jpasst.config.Configuration;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.IpProtocol;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.socket.BoundInterface;
import org.jpasst.proto.socket.ReceivedFields;

/** Opens the sockets that forwarding rules listen at. */
public final class ListeningSockets {
  /** Connections that wait to be accepted, as in passt. */
  public static final int BACKLOG = 128;

  /**
   * Asks for more receive buffer than any limit: the kernel cuts it down (SO_RCVBUF, socket(7)).
   */
  private static final int LARGEST_BUFFER = Integer.MAX_VALUE / 2;

  private final Sockets sockets;
  private final DescriptorReserve descriptors;
  private final boolean ipv4;
  private final boolean ipv6;
  private final boolean freebind;
  private final AddressTranslation translation;
  private final SocketAddress address = new SocketAddress();

  /**
   * For one run's families and options.
   *
   * @param descriptors how many there may be
   */
  public ListeningSockets(
      Sockets sockets,
      DescriptorReserve descriptors,
      Configuration configuration,
      AddressTranslation translation) {
    this.sockets = sockets;
    this.descriptors = descriptors;
    ipv4 = configuration.ipv4().isPresent();
    ipv6 = configuration.ipv6().isPresent();
    freebind = configuration.freebind();
    this.translation = translation;
  }

  /** How many more there may be. */
  int left() {
    return descriptors.left(sockets);
  }

  /** How many descriptors the process may have. */
  int limit() {
    return descriptors.limit();
  }

  /**
   * Opens the socket of one port of a rule: bound, non-blocking, and listening if it is a TCP one.
   * A rule without an address gets one socket for both families where both are in use. A UDP socket
   * tells each datagram's destination (IP_PKTINFO, IPV6_RECVPKTINFO).
   *
   * @param shared whether UDP sockets of our own may hold the port, those of flows: then it is
   *     shared with them, and with others that allow it
   * @return the descriptor, which belongs to the caller, or the negated error number
   */
  int open(ForwardRule rule, int port, boolean shared) {
    IpAddress at = rule.bind().orElse(ipv6 ? IpAddress.ANY6 : IpAddress.ANY4);
    boolean dual = rule.bind().isEmpty() && ipv4 && ipv6;
    int fd = open(rule, at, dual, port, shared);
    // A kernel without IPv6 still has IPv4 to listen at.
    return fd == -Errno.EAFNOSUPPORT && dual ? open(rule, IpAddress.ANY4, false, port, shared) : fd;
  }

  private int open(ForwardRule rule, IpAddress at, boolean dual, int port, boolean shared) {
    boolean tcp = rule.protocol() == Protocol.TCP;
    int type = tcp ? SocketType.STREAM : SocketType.DGRAM;
    int fd =
        descriptors.admitPort(
            sockets,
            sockets.socket(
                at.isIpv4() ? AddressFamily.INET : AddressFamily.INET6,
                type | SocketType.NONBLOCK | SocketType.CLOEXEC,
                tcp ? IpProtocol.TCP : IpProtocol.UDP));
    if (fd < 0) {
      return fd;
    }
    int result = bind(fd, rule, at, dual, port, shared);
    if (result >= 0) {
      result = tcp ? sockets.listen(fd, BACKLOG) : prepareUdp(fd, at.isIpv4(), dual);
    }
    if (result < 0) {
      sockets.close(fd);
      return result;
    }
    return fd;
  }

  private int bind(int fd, ForwardRule rule, IpAddress at, boolean dual, int port, boolean shared) {
    if (!at.isIpv4()) {
      sockets.setsockopt(fd, SocketLevel.IPV6, SocketOption.IPV6_V6ONLY, dual ? 0 : 1);
    }
    if (freebind && at.isIpv4()) {
      sockets.setsockopt(fd, SocketLevel.IP, SocketOption.IP_FREEBIND, 1);
    } else if (freebind) {
      sockets.setsockopt(fd, SocketLevel.IPV6, SocketOption.IPV6_FREEBIND, 1);
    }
    if (rule.interfaceName().isPresent()) {
      int result = BoundInterface.bind(sockets, fd, rule.interfaceName().get());
      if (result < 0) {
        return result;
      }
    }
    if (rule.protocol() == Protocol.TCP) {
      // For those who are accepted, which may have urgent bytes by then (RFC 6093 section 6).
      sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_OOBINLINE, 1);
    }
    if (rule.protocol() == Protocol.TCP || shared) {
      // Connections of an earlier run in TIME-WAIT don't keep the port; two listeners still can't
      // share it. For UDP the option would let them, see below.
      sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
    }
    boolean scoped = at.isLinkLocal() && !at.isIpv4() && rule.interfaceName().isEmpty();
    address.set(at.hi(), at.lo(), port, scoped ? translation.linkLocalScope() : 0);
    return sockets.bind(fd, address);
  }

  /**
   * Each flow gets a socket of its own on the listener's port, so both need SO_REUSEADDR. The
   * listener sets it only once it is bound, unless flows of an earlier listener are there: so it
   * still notices another program on the port.
   */
  private int prepareUdp(int fd, boolean isIpv4, boolean dual) {
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_RCVBUF, LARGEST_BUFFER);
    ReceivedFields.demandService(sockets, fd, isIpv4);
    if (dual) {
      ReceivedFields.demandService(sockets, fd, true);
    }
    return isIpv4
        ? sockets.setsockopt(fd, SocketLevel.IP, SocketOption.IP_PKTINFO, 1)
        : sockets.setsockopt(fd, SocketLevel.IPV6, SocketOption.IPV6_RECVPKTINFO, 1);
  }
}
