package org.jpasst.demo;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.NetworkOrder;

/** Finds the router: by ARP (RFC 826), and by router solicitation (RFC 4861 section 6). */
final class Neighbours {
  /** All routers on the link (RFC 4291 section 2.7.1). */
  private static final IpAddress ALL_ROUTERS = new IpAddress(0xff02_0000_0000_0000L, 2);

  private static final int ADVERTISEMENT = 16;
  private static final int SOURCE_LINK_LAYER = 1;
  private static final int PREFIX = 3;
  private static final int MTU = 5;

  private final Guest guest;

  Neighbours(Guest guest) {
    this.guest = guest;
  }

  /**
   * What a router advertises.
   *
   * @param prefix of 64 bits, for addresses that the guest makes itself
   * @param mtu of the link, 0 if not told
   */
  record Router(IpAddress address, Optional<MacAddress> mac, Optional<IpAddress> prefix, int mtu) {}

  /** The guest's link-local address, made from its MAC address (RFC 4291 appendix A). */
  static IpAddress linkLocal() {
    return new IpAddress(0xfe80_0000_0000_0000L, interfaceIdentifier());
  }

  /** The address that the guest makes itself from an advertised prefix (RFC 4862). */
  static IpAddress addressIn(IpAddress prefix) {
    return new IpAddress(prefix.hi(), interfaceIdentifier());
  }

  /** The MAC address of an IPv4 neighbour. */
  Optional<MacAddress> resolve(IpAddress own, IpAddress neighbour) throws IOException {
    byte[] request = new byte[ArpHeader.LENGTH];
    ArpHeader.write(
        MemorySegment.ofArray(request),
        0,
        ArpHeader.REQUEST,
        Guest.MAC.bits(),
        own.ipv4(),
        0,
        neighbour.ipv4());
    guest.sendArp(request);
    return guest.awaitFrame(frame -> reply(frame, neighbour));
  }

  /** The router that answers a solicitation. */
  Optional<Router> solicit() throws IOException {
    byte[] solicitation = new byte[Icmpv6Header.LENGTH];
    MemorySegment s = MemorySegment.ofArray(solicitation);
    IcmpHeader.write(s, 0, Icmpv6Header.ROUTER_SOLICITATION, 0, 0);
    long pseudo =
        Packet.pseudoHeader(linkLocal(), ALL_ROUTERS, IpProtocol.ICMPV6, solicitation.length);
    Icmpv6Header.fillChecksum(s, 0, solicitation.length, pseudo);
    guest.send(linkLocal(), ALL_ROUTERS, IpProtocol.ICMPV6, solicitation);
    return guest.awaitPacket(IpProtocol.ICMPV6, Neighbours::advertisement);
  }

  private static Optional<MacAddress> reply(MemorySegment frame, IpAddress neighbour) {
    long at = EthernetHeader.LENGTH;
    boolean answers =
        EthernetHeader.type(frame, 0) == EthernetHeader.TYPE_ARP
            && ArpHeader.valid(frame, at, (int) (frame.byteSize() - at))
            && ArpHeader.operation(frame, at) == ArpHeader.REPLY
            && ArpHeader.senderIp(frame, at) == neighbour.ipv4();
    return answers ? Optional.of(new MacAddress(ArpHeader.senderMac(frame, at))) : Optional.empty();
  }

  private static Optional<Router> advertisement(Packet packet) {
    MemorySegment s = packet.payload();
    if (s.byteSize() < ADVERTISEMENT
        || IcmpHeader.type(s, 0) != Icmpv6Header.ROUTER_ADVERTISEMENT) {
      return Optional.empty();
    }
    Optional<MacAddress> mac = Optional.empty();
    Optional<IpAddress> prefix = Optional.empty();
    int mtu = 0;
    long at = ADVERTISEMENT;
    while (at + 8 <= s.byteSize()) {
      long length = 8L * NetworkOrder.get8(s, at + 1);
      if (length == 0 || at + length > s.byteSize()) {
        break;
      }
      switch (NetworkOrder.get8(s, at)) {
        case SOURCE_LINK_LAYER -> mac = Optional.of(new MacAddress(NetworkOrder.get48(s, at + 2)));
        case MTU -> mtu = NetworkOrder.get32(s, at + 4);
        case PREFIX -> prefix = Optional.of(new IpAddress(NetworkOrder.get64(s, at + 16), 0));
        default -> {}
      }
      at += length;
    }
    return Optional.of(new Router(packet.source(), mac, prefix, mtu));
  }

  /** Modified EUI-64: the universal bit inverted, ff:fe in the middle. */
  private static long interfaceIdentifier() {
    long mac = Guest.MAC.bits();
    long high = mac >>> 24 ^ 0x02_0000;
    return high << 40 | 0xff_fe00_0000L | mac & 0xff_ffff;
  }
}
