package org.jpasst.fuzz;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.config.Configuration;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.UdpHeader;

/** Writes the guest's packets, one after the other in one place: headers around a payload. */
final class Packets {
  /** The longest frame that is written. */
  static final int MOST = 65_535;

  private static final int CHECKSUM_IN_TCP = 16;
  private static final int CHECKSUM_IN_UDP = 6;

  private final MemorySegment frame = Arena.global().allocate(MOST + 1L, 8);

  MemorySegment memory() {
    return frame;
  }

  /** Where the transport header is. */
  static int transportAt(boolean ipv4) {
    return EthernetHeader.LENGTH + (ipv4 ? Ipv4Header.LENGTH : Ipv6Header.LENGTH);
  }

  static IpAddress guest(boolean ipv4) {
    return ipv4 ? LoopbackHost.GUEST4 : LoopbackHost.GUEST6;
  }

  static IpAddress gateway(boolean ipv4) {
    return ipv4 ? LoopbackHost.GATEWAY4 : LoopbackHost.GATEWAY6;
  }

  /** Writes headers in front of a transport packet of so many bytes; answers the frame's length. */
  int headers(boolean ipv4, int protocol, int length, int ttl) {
    int type = ipv4 ? EthernetHeader.TYPE_IPV4 : EthernetHeader.TYPE_IPV6;
    long ip = EthernetHeader.LENGTH;
    EthernetHeader.write(frame, 0, Configuration.DEFAULT_MAC.bits(), LoopbackHost.GUEST_MAC, type);
    IpAddress from = guest(ipv4);
    IpAddress to = gateway(ipv4);
    if (ipv4) {
      Ipv4Header.write(frame, ip, Ipv4Header.LENGTH + length, protocol, from.ipv4(), to.ipv4());
      Ipv4Header.ttl(frame, ip, ttl);
      Ipv4Header.fillChecksum(frame, ip);
    } else {
      Ipv6Header.write(frame, ip, 0, length, protocol, from.hi(), from.lo(), to.hi(), to.lo());
      Ipv6Header.hopLimit(frame, ip, ttl);
    }
    return transportAt(ipv4) + length;
  }

  /**
   * Makes a TCP segment whole whose options and payload are there.
   *
   * @param partial only the pseudo header is summed
   * @param damaged the checksum is wrong
   * @return the frame's length
   */
  int tcp(
      boolean ipv4,
      int sourcePort,
      int port,
      int sequence,
      int acknowledgment,
      int header,
      int flags,
      int window,
      int payload,
      boolean partial,
      boolean damaged) {
    int at = transportAt(ipv4);
    int length = header + payload;
    int total = headers(ipv4, IpProtocol.TCP, length, 64);
    TcpHeader.write(frame, at, sourcePort, port, sequence, acknowledgment, header, flags, window);
    long pseudo = pseudoHeader(ipv4, IpProtocol.TCP, length);
    if (partial) {
      TcpHeader.putPartialChecksum(frame, at, pseudo);
    } else {
      TcpHeader.fillChecksum(frame, at, length, pseudo);
    }
    if (damaged) {
      damage(at + CHECKSUM_IN_TCP);
    }
    return total;
  }

  /** Makes a UDP datagram whole whose payload is there; answers the frame's length. */
  int udp(boolean ipv4, int sourcePort, int port, int payload, int ttl, boolean damaged) {
    int at = transportAt(ipv4);
    int length = UdpHeader.LENGTH + payload;
    int total = headers(ipv4, IpProtocol.UDP, length, ttl);
    UdpHeader.write(frame, at, sourcePort, port, length);
    UdpHeader.fillChecksum(frame, at, pseudoHeader(ipv4, IpProtocol.UDP, length));
    if (damaged) {
      damage(at + CHECKSUM_IN_UDP);
    }
    return total;
  }

  /** Makes another sum of one, which isn't that of nothing. */
  private void damage(long at) {
    int sum = NetworkOrder.get16(frame, at);
    NetworkOrder.put16(frame, at, sum == 0x1234 ? 0x4321 : 0x1234);
  }

  long pseudoHeader(boolean ipv4, int protocol, int length) {
    long ip = EthernetHeader.LENGTH;
    return ipv4
        ? Ipv4Header.pseudoHeader(frame, ip, protocol, length)
        : Ipv6Header.pseudoHeader(frame, ip, protocol, length);
  }
}
