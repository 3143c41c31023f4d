package org.jpasst.proto.tcp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.icmp.ErrorQueue;
import org.jpasst.proto.icmp.IcmpErrorWriter;
import org.jpasst.proto.icmp.Quote;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.TcpHeader;

/**
 * Tells the guest why its connection could not be opened, where the network said so: the ICMP error
 * goes before the RST, so that the guest's connect(2) fails with "no route to host" and the like
 * instead of "connection refused".
 *
 * <p>Only while connecting: on an established connection ICMP errors are soft (RFC 1122 section
 * 4.2.3.9), and IP_RECVERR would make them fatal (ip(7)).
 */
final class TcpErrors {
  private static final int MOST = 8;

  /** RFC 792: 64 bits of the original datagram's data, here ports and sequence number. */
  private static final int QUOTED = 8;

  private final Sockets sockets;
  private final ErrorQueue queue;
  private final IcmpErrorWriter writer;
  private final Quote quote = new Quote();
  private final MemorySegment syn = Arena.global().allocate(TcpHeader.LENGTH, 8);

  TcpErrors(Sockets sockets, IcmpErrorWriter writer) {
    this.sockets = sockets;
    this.writer = writer;
    queue = new ErrorQueue(sockets);
  }

  /** Has the kernel keep ICMP errors for a socket that is about to connect. */
  void watch(TcpConnection c) {
    if (canFail(c)) {
      listen(c, 1);
    }
  }

  /** The socket is connected: errors are the kernel's business from now on. */
  void ignore(TcpConnection c) {
    if (canFail(c)) {
      listen(c, 0);
    }
  }

  /** Nothing on the way to the host itself sends ICMP errors. */
  private static boolean canFail(TcpConnection c) {
    FlowSide host = c.flow.host();
    return !IpAddress.isLoopback(host.endpointHi(), host.endpointLo());
  }

  private void listen(TcpConnection c, int on) {
    if (c.flow.host().isIpv4()) {
      sockets.setsockopt(c.fd, SocketLevel.IP, SocketOption.IP_RECVERR, on);
    } else {
      sockets.setsockopt(c.fd, SocketLevel.IPV6, SocketOption.IPV6_RECVERR, on);
    }
  }

  /**
   * Passes on what the network said about a failed connection.
   *
   * @param errno what the socket says, positive
   * @return whether that ends the connection for the guest, too; not if all it says is that the
   *     guest's TTL was too low
   */
  boolean report(TcpConnection c, int errno) {
    FlowSide guest = c.flow.guest();
    TcpHeader.write(
        syn,
        0,
        guest.endpointPort(),
        guest.ourPort(),
        c.receive.irs(),
        0,
        TcpHeader.LENGTH,
        TcpHeader.SYN,
        0);
    quote.of(guest, IpProtocol.TCP, syn, 0, QUOTED);
    boolean told = false;
    boolean expired = true;
    for (int i = 0; i < MOST && queue.next(c.fd); i++) {
      if (queue.isExplained() && queue.isFromNetwork() && queue.isIcmp4() == guest.isIpv4()) {
        writer.report(quote, c.flow.host(), queue);
        told = true;
        expired &= isTimeExceeded();
      }
    }
    if (!told) {
      unreachable(errno);
    }
    return !told || !expired;
  }

  private boolean isTimeExceeded() {
    return queue.type()
        == (queue.isIcmp4() ? IcmpHeader.TIME_EXCEEDED : Icmpv6Header.TIME_EXCEEDED);
  }

  /** The host itself found no way: its neighbour didn't answer, or there is no route. */
  private void unreachable(int errno) {
    if (errno == Errno.EHOSTUNREACH || errno == Errno.ENETUNREACH) {
      writer.reportErrno(quote, errno, 0);
    }
  }
}
