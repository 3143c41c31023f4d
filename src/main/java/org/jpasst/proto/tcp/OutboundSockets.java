package org.jpasst.proto.tcp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.jpasst.flow.FlowSide;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;

/** Makes the sockets of connections that the guest opens, bound as the options ask. */
final class OutboundSockets {
  /** {@code struct linger} that makes close(2) send a RST (socket(7)): on, for no time. */
  private final MemorySegment lingerNot = Arena.global().allocate(8, 4);

  private final Sockets sockets;
  private final DescriptorReserve descriptors;
  private final SocketAddress address = new SocketAddress();
  private final Optional<MemorySegment> device4;
  private final Optional<MemorySegment> device6;

  private final boolean preservePorts;

  /**
   * For one run.
   *
   * @param preservePorts whether they have the guest's ports, where those are free
   */
  OutboundSockets(
      Sockets sockets,
      DescriptorReserve descriptors,
      AddressTranslation translation,
      boolean preservePorts) {
    this.sockets = sockets;
    this.preservePorts = preservePorts;
    this.descriptors = descriptors;
    device4 = name(translation, IpAddress.ANY4);
    device6 = name(translation, IpAddress.ANY6);
    lingerNot.set(ValueLayout.JAVA_INT, 0, 1);
  }

  private static Optional<MemorySegment> name(AddressTranslation translation, IpAddress family) {
    return translation
        .outboundInterface(family.hi(), family.lo())
        .map(Arena.global()::allocateFrom);
  }

  /**
   * Makes a socket for a flow's host side. Failing to bind is no error: the kernel then chooses, as
   * passt does.
   *
   * @param guestPort where the guest's connection comes from
   * @return the descriptor, non-blocking, or the negated error number
   */
  int open(FlowSide host, int guestPort) {
    boolean ipv4 = host.isIpv4();
    int family = ipv4 ? AddressFamily.INET : AddressFamily.INET6;
    int type = SocketType.STREAM | SocketType.NONBLOCK | SocketType.CLOEXEC;
    int fd = descriptors.admit(sockets, sockets.socket(family, type, 0));
    if (fd < 0) {
      return fd;
    }
    // The peer's urgent bytes are part of the stream: RFC 6093 section 6.
    sockets.setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_OOBINLINE, 1);
    boolean loopback = IpAddress.isLoopback(host.ourHi(), host.ourLo());
    Optional<MemorySegment> device = ipv4 ? device4 : device6;
    if (device.isPresent() && !loopback) {
      MemorySegment name = device.get();
      sockets.setsockopt(
          fd, SocketLevel.SOCKET, SocketOption.SO_BINDTODEVICE, name, 0, (int) name.byteSize());
    }
    boolean bound = preservePorts && bind(fd, host, guestPort);
    if (!bound && !IpAddress.isUnspecified(host.ourHi(), host.ourLo())) {
      // Leaves the port to connect(2), where the whole tuple is known (ip(7)).
      sockets.setsockopt(fd, SocketLevel.IP, SocketOption.IP_BIND_ADDRESS_NO_PORT, 1);
      address.set(host.ourHi(), host.ourLo(), 0, 0);
      sockets.bind(fd, address);
    }
    return fd;
  }

  /**
   * Binds to the guest's port, where it is free: without SO_REUSEADDR that is one that no other
   * socket has, none of TIME-WAIT either (socket(7)), so that connect(2) can't find the four
   * numbers taken. A port below 1024 takes CAP_NET_BIND_SERVICE or
   * net.ipv4.ip_unprivileged_port_start.
   *
   * @return false where the kernel is to choose
   */
  private boolean bind(int fd, FlowSide host, int guestPort) {
    if (guestPort == host.endpointPort()) {
      return false; // at an address of the host's it would connect to itself
    }
    if (!host.isIpv4()) {
      sockets.setsockopt(fd, SocketLevel.IPV6, SocketOption.IPV6_V6ONLY, 1);
    }
    IpAddress any = host.isIpv4() ? IpAddress.ANY4 : IpAddress.ANY6;
    boolean free = IpAddress.isUnspecified(host.ourHi(), host.ourLo());
    address.set(free ? any.hi() : host.ourHi(), free ? any.lo() : host.ourLo(), guestPort, 0);
    return sockets.bind(fd, address) >= 0;
  }

  /** Closes a connected socket so that the peer gets a RST. */
  void reset(int fd) {
    sockets.setsockopt(
        fd, SocketLevel.SOCKET, SocketOption.SO_LINGER, lingerNot, 0, (int) lingerNot.byteSize());
    sockets.close(fd);
  }
}
