package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.flow.Pif;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.proto.tcp.TcpConnection.Phase;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.TcpHeader;

/**
 * What a guest says by ICMP about a SYN of ours, instead of a RST: its firewall rejects the
 * connection. Without that its peer would wait until the SYN is given up.
 *
 * <p>RFC 9293 section 3.9.2.2: hard errors should end an attempt (SHLD-26), others must not
 * (MUST-56). Connections that are established are never ended so (RFC 5461).
 */
final class GuestRefusals {
  /** RFC 793's ports and sequence number, all of the segment that RFC 792 has quoted. */
  private static final int QUOTED = 8;

  private final FlowTable flows;
  private final TcpConnections connections;
  private final FlowSide side = new FlowSide();

  GuestRefusals(FlowTable flows, TcpConnections connections) {
    this.flows = flows;
    this.connections = connections;
  }

  /** A "destination unreachable" whose checksum was right. */
  void unreachable(Packet packet) {
    MemorySegment s = packet.memory();
    long at = packet.at();
    boolean ipv4 = packet.isIpv4();
    long quote = at + IcmpHeader.LENGTH;
    int available = packet.length() - IcmpHeader.LENGTH;
    if (!(ipv4 ? quotes4(s, at, quote, available) : quotes6(s, at, quote, available))) {
      return;
    }
    int index = flows.lookup(FlowType.TCP, side);
    if (index == FlowTable.NONE) {
      return;
    }
    TcpConnection c = connections.at(index);
    long tcpAt = quote + (ipv4 ? Ipv4Header.headerLength(s, quote) : Ipv6Header.LENGTH);
    // RFC 5927 section 4.1: what doesn't quote what was sent was made up.
    if (c.phase == Phase.SYN_SENT && TcpHeader.sequence(s, tcpAt) == c.send.iss()) {
      connections.abortPeer(c);
    }
  }

  /** Whether it is a hard error about a segment, whose sender and receiver are noted. */
  private boolean quotes4(MemorySegment s, long at, long quote, int available) {
    if (!isHard4(IcmpHeader.code(s, at)) || available < Ipv4Header.LENGTH + QUOTED) {
      return false;
    }
    int header = Ipv4Header.headerLength(s, quote);
    if (Ipv4Header.version(s, quote) != 4
        || header < Ipv4Header.LENGTH
        || available < header + QUOTED
        || Ipv4Header.protocol(s, quote) != IpProtocol.TCP) {
      return false;
    }
    long tcpAt = quote + header;
    side.set(
        Pif.GUEST,
        0,
        IpAddress.mapped(Ipv4Header.destination(s, quote)),
        TcpHeader.destinationPort(s, tcpAt),
        0,
        IpAddress.mapped(Ipv4Header.source(s, quote)),
        TcpHeader.sourcePort(s, tcpAt));
    return true;
  }

  private boolean quotes6(MemorySegment s, long at, long quote, int available) {
    if (!isHard6(IcmpHeader.code(s, at))
        || available < Ipv6Header.LENGTH + QUOTED
        || Ipv6Header.version(s, quote) != 6
        || Ipv6Header.nextHeader(s, quote) != IpProtocol.TCP) {
      return false;
    }
    long tcpAt = quote + Ipv6Header.LENGTH;
    side.set(
        Pif.GUEST,
        Ipv6Header.destinationHi(s, quote),
        Ipv6Header.destinationLo(s, quote),
        TcpHeader.destinationPort(s, tcpAt),
        Ipv6Header.sourceHi(s, quote),
        Ipv6Header.sourceLo(s, quote),
        TcpHeader.sourcePort(s, tcpAt));
    return true;
  }

  /** Protocol and port unreachable; prohibited (RFC 1122 section 3.2.2.1, RFC 1812). */
  private static boolean isHard4(int code) {
    return switch (code) {
      case 2, 3, 9, 10, 13 -> true;
      default -> false;
    };
  }

  /** Prohibited, port unreachable, and what policies and routes reject (RFC 4443 section 3.1). */
  private static boolean isHard6(int code) {
    return switch (code) {
      case 1, 4, 5, 6 -> true;
      default -> false;
    };
  }
}
