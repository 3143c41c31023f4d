package org.jpasst.router;

import java.lang.foreign.MemorySegment;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NeighborMessage;
import org.jpasst.wire.TcpHeader;

/**
 * What the guest's frames prove about its addresses, see {@link GuestAddresses}.
 *
 * <p>A forwarded packet of a container or virtual machine behind the guest, which should have been
 * translated, has a source that isn't the guest's. Most often it is what a connection tracker has
 * no entry for (any more), a reset or a FIN; or it is multicast, which isn't translated. What a
 * node says by ARP and neighbour discovery is about its own addresses only.
 */
final class GuestEvidence {
  private final GuestAddresses guest;

  GuestEvidence(GuestAddresses guest) {
    this.guest = guest;
  }

  /** RFC 826: whatever the operation, the sender tells its own address; a probe has none. */
  void onArp(MemorySegment s, long at, int length) {
    long arp = at + EthernetHeader.LENGTH;
    if (guest.hasIpv4() && ArpHeader.valid(s, arp, length - EthernetHeader.LENGTH)) {
      long mac = ArpHeader.senderMac(s, arp);
      if (mac == EthernetHeader.source(s, at)) {
        guest.claims(0, IpAddress.mapped(ArpHeader.senderIp(s, arp)), mac);
      }
    }
  }

  /** A packet whose IP header is valid. */
  void onPacket(Packet packet) {
    long mac = packet.sourceMac();
    if (!guest.isForMany(packet.destinationHi(), packet.destinationLo()) && isOrdinary(packet)) {
      guest.uses(packet.sourceHi(), packet.sourceLo(), mac);
    } else {
      guest.shows(packet.sourceHi(), packet.sourceLo(), mac);
    }
    if (!packet.isIpv4()
        && packet.protocol() == IpProtocol.ICMPV6
        && !packet.isFragmented()
        && packet.length() >= NeighborMessage.LENGTH) {
      onNeighbour(packet, mac);
    }
  }

  private static boolean isOrdinary(Packet packet) {
    MemorySegment s = packet.memory();
    long at = packet.at();
    int length = packet.lengthInHead();
    return switch (packet.protocol()) {
      case IpProtocol.TCP ->
          length >= TcpHeader.LENGTH
              && (TcpHeader.flags(s, at) & (TcpHeader.RST | TcpHeader.FIN)) == 0;
      case IpProtocol.UDP -> true;
      case IpProtocol.ICMP ->
          length >= IcmpHeader.LENGTH && IcmpHeader.type(s, at) == IcmpHeader.ECHO_REQUEST;
      case IpProtocol.ICMPV6 ->
          length >= Icmpv6Header.LENGTH && IcmpHeader.type(s, at) == Icmpv6Header.ECHO_REQUEST;
      default -> false;
    };
  }

  /**
   * A solicitation tells its sender's address, an advertisement that overrides its target (RFC 4861
   * sections 7.2.3 and 7.2.5; proxies don't override, section 7.2.8). From {@code ::} an address is
   * only tried.
   */
  private void onNeighbour(Packet packet, long mac) {
    MemorySegment s = packet.memory();
    long at = packet.at();
    int type = IcmpHeader.type(s, at);
    boolean solicits = type == Icmpv6Header.NEIGHBOR_SOLICITATION;
    boolean advertises =
        type == Icmpv6Header.NEIGHBOR_ADVERTISEMENT
            && (NeighborMessage.flags(s, at) & NeighborMessage.OVERRIDE) != 0;
    if (!solicits && !advertises || !packet.frame().isInOnePiece()) {
      return;
    }
    int option = solicits ? NeighborMessage.SOURCE_LINK_LAYER : NeighborMessage.TARGET_LINK_LAYER;
    long options = at + NeighborMessage.LENGTH;
    if (packet.hopLimit() != Ipv6Header.HOP_LIMIT
        || IcmpHeader.code(s, at) != 0
        || !NeighborMessage.isOf(mac, option, s, options, at + packet.length())
        || !packet.icmpChecksumVerifies()) {
      return;
    }
    if (solicits) {
      guest.claims(packet.sourceHi(), packet.sourceLo(), mac);
    } else {
      guest.claims(NeighborMessage.targetHi(s, at), NeighborMessage.targetLo(s, at), mac);
    }
  }
}
