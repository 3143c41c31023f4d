package org.jpasst.proto.socket;

import java.util.Optional;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.GroupRequest;
import org.jpasst.linux.IpProtocol;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.Environment;

/**
 * Opens the sockets of datagram flows: UDP's and ping's. Each is non-blocking, reports what ICMP
 * says about it in its error queue (IP_RECVERR in ip(7)), and is bound as the run's options ask.
 * Methods return the descriptor, which belongs to the caller, or the negated error number.
 */
public final class DatagramSockets {
  /** More than any limit allows; the kernel cuts it down (SO_RCVBUF, socket(7)). */
  private static final int LARGEST_BUFFER = Integer.MAX_VALUE / 2;

  private final Sockets sockets;
  private final DescriptorReserve descriptors;
  private final AddressTranslation translation;
  private final boolean freebind;
  private final SocketAddress address = new SocketAddress();

  /** For one run's options. */
  public DatagramSockets(Environment environment) {
    sockets = environment.sockets();
    descriptors = environment.descriptors();
    translation = environment.translation();
    freebind = environment.configuration().freebind();
  }

  /**
   * A socket for a flow that the guest opens, bound to our address of its host side, and connected
   * to its endpoint.
   *
   * @param protocol of {@link IpProtocol}
   * @param host its own address and port are filled in as the kernel chose them
   * @param port the port, or echo identifier, to be bound if that is possible; 0 for any
   */
  public int openOutbound(int protocol, FlowSide host, int port) {
    int fd = newSocket(protocol, host);
    if (fd < 0) {
      return fd;
    }
    // Flows of one port of the guest's to several endpoints share it. Ping sockets, for which Linux
    // sets the option by default, must not: of those with one identifier, the newest gets all
    // replies.
    int share = protocol == IpProtocol.UDP ? 1 : 0;
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, share);
    if (protocol == IpProtocol.UDP) {
      takeTogether(fd);
    }
    bindToInterface(fd, host, translation.outboundInterface(host.endpointHi(), host.endpointLo()));
    int result = bindIfPossible(fd, host, port);
    if (result >= 0) {
      result = connect(fd, host, scopeOf(host));
    }
    return finish(fd, host, result);
  }

  /**
   * The same from the host side's own port, and whatever address of this host's the kernel chooses:
   * for a flow of another host whose address isn't there.
   */
  public int openOutboundFromAny(int protocol, FlowSide host) {
    int port = host.ourPort();
    IpAddress any = host.isIpv4() ? IpAddress.ANY4 : IpAddress.ANY6;
    host.setOur(any.hi(), any.lo(), port);
    return openOutbound(protocol, host, port);
  }

  /**
   * A UDP socket for datagrams to a multicast or broadcast address: not connected, so that answers
   * are heard whoever they come from.
   *
   * @param host its own address and port are filled in as the kernel chose them
   * @param port the port to be bound
   * @return also -EADDRINUSE where another program has the port: a socket that isn't connected
   *     would take that program's datagrams
   */
  public int openUnconnected(FlowSide host, int port) {
    int fd = newSocket(IpProtocol.UDP, host);
    if (fd < 0) {
      return fd;
    }
    bindToInterface(fd, host, translation.outboundInterface(host.endpointHi(), host.endpointLo()));
    // What is sent to groups comes by sockets of its own.
    GroupRequest.hearOnlyJoined(sockets, fd, host.isIpv4());
    address.set(host.ourHi(), host.ourLo(), port, 0);
    int result = sockets.bind(fd, address);
    if (result >= 0) {
      sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
      sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_BROADCAST, 1);
    }
    return finish(fd, host, result);
  }

  /**
   * A UDP socket for a flow that a peer opened at a listener: bound to the address and port that
   * the peer used, and connected to it.
   *
   * @param interfaceName the listener's interface, if it is tied to one
   * @param scope the interface's index, for link-local addresses
   */
  public int openInbound(FlowSide host, Optional<String> interfaceName, int scope) {
    int fd = newSocket(IpProtocol.UDP, host);
    if (fd < 0) {
      return fd;
    }
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
    takeTogether(fd);
    int result = 0;
    if (interfaceName.isPresent()) {
      result = BoundInterface.bind(sockets, fd, interfaceName.get());
    }
    if (result >= 0) {
      boolean linkLocal = IpAddress.isLinkLocal(host.ourHi(), host.ourLo());
      address.set(host.ourHi(), host.ourLo(), host.ourPort(), linkLocal ? scope : 0);
      result = sockets.bind(fd, address);
    }
    if (result >= 0) {
      boolean linkLocal = IpAddress.isLinkLocal(host.endpointHi(), host.endpointLo());
      result = connect(fd, host, linkLocal ? scope : 0);
    }
    if (result < 0) {
      sockets.close(fd);
      return result;
    }
    return fd;
  }

  /**
   * A UDP socket for datagrams of others than those the guest sends to from a port: bound to the
   * address and port of a flow's socket, and not connected. The kernel gives it what is for no
   * connected one. It tells each datagram's destination (IP_PKTINFO, IPV6_RECVPKTINFO).
   */
  public int openForOthers(FlowSide host) {
    int fd = newSocket(IpProtocol.UDP, host);
    if (fd < 0) {
      return fd;
    }
    boolean ipv4 = host.isIpv4();
    int level = ipv4 ? SocketLevel.IP : SocketLevel.IPV6;
    // Nothing is sent by it, so no error that came would be its own.
    sockets.setsockopt(fd, level, ipv4 ? SocketOption.IP_RECVERR : SocketOption.IPV6_RECVERR, 0);
    sockets.setsockopt(
        fd, level, ipv4 ? SocketOption.IP_PKTINFO : SocketOption.IPV6_RECVPKTINFO, 1);
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
    bindToInterface(fd, host, translation.outboundInterface(host.endpointHi(), host.endpointLo()));
    boolean linkLocal = IpAddress.isLinkLocal(host.ourHi(), host.ourLo());
    int scope = linkLocal ? translation.linkLocalScope() : 0;
    address.set(host.ourHi(), host.ourLo(), host.ourPort(), scope);
    int result = sockets.bind(fd, address);
    if (result < 0) {
      sockets.close(fd);
      return result;
    }
    return fd;
  }

  /**
   * A UDP socket for what comes to a group, which it has joined where the guest's datagrams to the
   * group go; bound to its address, and so for nothing else. It tells each datagram's TTL.
   */
  public int openForGroup(IpAddress group, int port) {
    var host = new FlowSide();
    host.set(Pif.HOST, group.hi(), group.lo(), port, group.hi(), group.lo(), port);
    int fd = newSocket(IpProtocol.UDP, host);
    if (fd < 0) {
      return fd;
    }
    boolean ipv4 = group.isIpv4();
    ReceivedFields.demandHops(sockets, fd, ipv4);
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
    bindToInterface(fd, host, translation.outboundInterface(group.hi(), group.lo()));
    long bound = sockets.getsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_BINDTOIFINDEX);
    int scope = scopeOf(host);
    int result = GroupRequest.join(sockets, fd, group, bound > 0 ? (int) bound : scope);
    if (result >= 0) {
      address.set(group.hi(), group.lo(), port, scope);
      result = sockets.bind(fd, address);
    }
    if (result < 0) {
      sockets.close(fd);
      return result;
    }
    return fd;
  }

  /** The interface that a flow's socket is bound to. */
  public Optional<String> interfaceOf(FlowSide host) {
    return isOnLoopback(host)
        ? Optional.empty()
        : translation.outboundInterface(host.endpointHi(), host.endpointLo());
  }

  /** Fills in a flow's endpoint as the kernel wants it, with a scope where it needs one. */
  public void destination(FlowSide host, SocketAddress into) {
    into.set(host.endpointHi(), host.endpointLo(), host.endpointPort(), scopeOf(host));
  }

  /**
   * Datagrams that came together, as the sender's kernel or the network interface has made one
   * packet of them, are read together (udp(7)); Linux 5.0 and later.
   */
  private void takeTogether(int fd) {
    sockets.setsockopt(fd, SocketLevel.UDP, SocketOption.UDP_GRO, 1);
  }

  private int newSocket(int protocol, FlowSide host) {
    boolean ipv4 = host.isIpv4();
    int fd =
        descriptors.admit(
            sockets,
            sockets.socket(
                ipv4 ? AddressFamily.INET : AddressFamily.INET6,
                SocketType.DGRAM | SocketType.NONBLOCK | SocketType.CLOEXEC,
                protocol));
    if (fd < 0) {
      return fd;
    }
    int level = ipv4 ? SocketLevel.IP : SocketLevel.IPV6;
    sockets.setsockopt(fd, level, ipv4 ? SocketOption.IP_RECVERR : SocketOption.IPV6_RECVERR, 1);
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_RCVBUF, LARGEST_BUFFER);
    ReceivedFields.demandService(sockets, fd, ipv4);
    if (protocol != IpProtocol.UDP) {
      ReceivedFields.demandHops(sockets, fd, ipv4);
    }
    if (!ipv4) {
      // A port that is taken for IPv4 may still be free for IPv6.
      sockets.setsockopt(fd, level, SocketOption.IPV6_V6ONLY, 1);
    }
    if (freebind) {
      sockets.setsockopt(
          fd, level, ipv4 ? SocketOption.IP_FREEBIND : SocketOption.IPV6_FREEBIND, 1);
    }
    return fd;
  }

  /** The host can always be reached at its loopback address, whatever the interface asked for. */
  private void bindToInterface(int fd, FlowSide host, Optional<String> interfaceName) {
    if (interfaceName.isPresent() && !isOnLoopback(host)) {
      BoundInterface.bind(sockets, fd, interfaceName.get());
    }
  }

  private static boolean isOnLoopback(FlowSide host) {
    return IpAddress.isLoopback(host.ourHi(), host.ourLo())
        || IpAddress.isLoopback(host.endpointHi(), host.endpointLo());
  }

  /** Another port does as well where the one asked for is taken or is reserved for root. */
  private int bindIfPossible(int fd, FlowSide host, int port) {
    address.set(host.ourHi(), host.ourLo(), port, 0);
    int result = sockets.bind(fd, address);
    if (port != 0 && (result == -Errno.EADDRINUSE || result == -Errno.EACCES)) {
      address.set(host.ourHi(), host.ourLo(), 0, 0);
      result = sockets.bind(fd, address);
    }
    return result;
  }

  private int connect(int fd, FlowSide host, int scope) {
    address.set(host.endpointHi(), host.endpointLo(), host.endpointPort(), scope);
    int result = sockets.connect(fd, address);
    if (result == -Errno.EACCES && host.isIpv4()) {
      // Which addresses are broadcast addresses of its networks, only the host knows.
      sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_BROADCAST, 1);
      result = sockets.connect(fd, address);
    }
    return result;
  }

  private int finish(int fd, FlowSide host, int result) {
    int last = result < 0 ? result : sockets.getsockname(fd, address);
    if (last < 0) {
      sockets.close(fd);
      return last;
    }
    host.setOur(address.hi(), address.lo(), address.port());
    return fd;
  }

  private int scopeOf(FlowSide host) {
    long hi = host.endpointHi();
    boolean linkLocalMulticast = (hi >>> 56) == 0xff && (hi >>> 48 & 0xf) <= 2;
    return linkLocalMulticast || IpAddress.isLinkLocal(hi, host.endpointLo())
        ? translation.linkLocalScope()
        : 0;
  }
}
