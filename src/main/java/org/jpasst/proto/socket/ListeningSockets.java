package org.jpasst.proto.socket;

import java.util.Arrays;
import java.util.Optional;
import org.jpasst.config.Configuration;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.config.PortRange;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.IpProtocol;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;

/** Opens the sockets that forwarding rules listen at. */
public final class ListeningSockets {
  /** Connections that wait to be accepted, as in passt. */
  private static final int BACKLOG = 128;

  /**
   * Asks for more receive buffer than any limit: the kernel cuts it down (SO_RCVBUF, socket(7)).
   */
  private static final int LARGEST_BUFFER = Integer.MAX_VALUE / 2;

  private final Sockets sockets;
  private final boolean ipv4;
  private final boolean ipv6;
  private final boolean freebind;
  private final int linkLocalScope;
  private final SocketAddress address = new SocketAddress();

  /** For one run's families and options. */
  public ListeningSockets(Sockets sockets, Configuration configuration) {
    this.sockets = sockets;
    ipv4 = configuration.ipv4().isPresent();
    ipv6 = configuration.ipv6().isPresent();
    freebind = configuration.freebind();
    linkLocalScope = configuration.linkLocalScope();
  }

  /**
   * Opens all sockets of a rule. Best-effort rules are satisfied with one; where a rule isn't
   * satisfied, its sockets are closed again and the result tells why.
   */
  public RuleSockets openAll(ForwardRule rule) {
    int[] descriptors = new int[rule.size()];
    int failed = 0;
    for (int i = 0; i < descriptors.length; i++) {
      descriptors[i] = open(rule, rule.first() + i);
      failed += descriptors[i] < 0 ? 1 : 0;
    }
    boolean satisfied = failed == 0 || (rule.bestEffort() && failed < descriptors.length);
    if (satisfied) {
      return new RuleSockets(rule, descriptors, Optional.empty());
    }
    String failure = describe(rule, descriptors);
    for (int i = 0; i < descriptors.length; i++) {
      if (descriptors[i] >= 0) {
        sockets.close(descriptors[i]);
        descriptors[i] = -Errno.ECANCELED;
      }
    }
    return new RuleSockets(rule, descriptors, Optional.of(failure));
  }

  /**
   * Opens the socket of one port of a rule: bound, non-blocking, and listening if it is a TCP one.
   * A rule without an address gets one socket for both families where both are in use. A UDP socket
   * tells each datagram's destination (IP_PKTINFO, IPV6_RECVPKTINFO).
   *
   * @return the descriptor, which belongs to the caller, or the negated error number
   */
  public int open(ForwardRule rule, int port) {
    IpAddress at = rule.bind().orElse(ipv6 ? IpAddress.ANY6 : IpAddress.ANY4);
    boolean dual = rule.bind().isEmpty() && ipv4 && ipv6;
    int fd = open(rule, at, dual, port);
    // A kernel without IPv6 still has IPv4 to listen at.
    return fd == -Errno.EAFNOSUPPORT && dual ? open(rule, IpAddress.ANY4, false, port) : fd;
  }

  private int open(ForwardRule rule, IpAddress at, boolean dual, int port) {
    boolean tcp = rule.protocol() == Protocol.TCP;
    int fd =
        sockets.socket(
            at.isIpv4() ? AddressFamily.INET : AddressFamily.INET6,
            (tcp ? SocketType.STREAM : SocketType.DGRAM) | SocketType.NONBLOCK | SocketType.CLOEXEC,
            tcp ? IpProtocol.TCP : IpProtocol.UDP);
    if (fd < 0) {
      return fd;
    }
    int result = bind(fd, rule, at, dual, port);
    if (result >= 0) {
      result = tcp ? sockets.listen(fd, BACKLOG) : prepareUdp(fd, at.isIpv4());
    }
    if (result < 0) {
      sockets.close(fd);
      return result;
    }
    return fd;
  }

  private int bind(int fd, ForwardRule rule, IpAddress at, boolean dual, int port) {
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
      // Connections of an earlier run in TIME-WAIT don't keep the port; two listeners still can't
      // share it. For UDP the option would let them, see below.
      sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
    }
    boolean scoped = at.isLinkLocal() && !at.isIpv4() && rule.interfaceName().isEmpty();
    address.set(at.hi(), at.lo(), port, scoped ? linkLocalScope : 0);
    return sockets.bind(fd, address);
  }

  /**
   * Each flow gets a socket of its own on the listener's port, so both need SO_REUSEADDR. The
   * listener sets it only once it is bound: so it still notices another program on the port.
   */
  private int prepareUdp(int fd, boolean isIpv4) {
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_REUSEADDR, 1);
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_RCVBUF, LARGEST_BUFFER);
    return isIpv4
        ? sockets.setsockopt(fd, SocketLevel.IP, SocketOption.IP_PKTINFO, 1)
        : sockets.setsockopt(fd, SocketLevel.IPV6, SocketOption.IPV6_RECVPKTINFO, 1);
  }

  /** All that failed, ports in a row with the same error together. */
  private static String describe(ForwardRule rule, int[] descriptors) {
    StringBuilder text = new StringBuilder("cannot listen on ");
    String where =
        "["
            + rule.bind().map(IpAddress::toString).orElse("*")
            + "]"
            + rule.interfaceName().map(name -> "%" + name).orElse("")
            + ":";
    int listed = 0;
    for (int i = 0; i < descriptors.length; ) {
      int from = i;
      int errno = descriptors[i];
      while (i < descriptors.length && (errno < 0 ? descriptors[i] == errno : i == from)) {
        i++;
      }
      if (errno < 0) {
        text.append(listed++ == 0 ? rule.protocol() + " " : ", ").append(where);
        text.append(new PortRange(rule.first() + from, rule.first() + i - 1));
        text.append(" (").append(Errno.name(errno)).append(')');
      }
    }
    return text.append(advice(descriptors)).toString();
  }

  private static String advice(int[] descriptors) {
    if (Arrays.stream(descriptors).anyMatch(fd -> fd == -Errno.EACCES)) {
      return "; low ports need net.ipv4.ip_unprivileged_port_start or CAP_NET_BIND_SERVICE";
    }
    if (Arrays.stream(descriptors).anyMatch(fd -> fd == -Errno.EMFILE)) {
      return "; raise the limit of open files (ulimit -n) or forward fewer ports";
    }
    return "";
  }
}
