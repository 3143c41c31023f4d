package org.jpasst.bridge;

import java.lang.foreign.MemorySegment;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NeighborMessage;

/** Writes the frames by which a network is told where an address is. */
final class Announcement {
  /** The longest of them. */
  static final int LONGEST =
      EthernetHeader.LENGTH + Ipv6Header.LENGTH + NeighborMessage.ADVERTISEMENT_LENGTH;

  private static final long ALL_NODES_HI = IpAddress.ALL_NODES6.hi();
  private static final long ALL_NODES_LO = IpAddress.ALL_NODES6.lo();

  private final IpFrame frame = new IpFrame();

  /**
   * Tells switches: the request of RARP that QEMU sends for its guests, of whom it knows no more.
   *
   * @return the frame's length
   */
  int ofEthernet(MemorySegment s, long at, long mac) {
    return write(s, at, EthernetHeader.TYPE_RARP, ArpHeader.REVERSE_REQUEST, mac, 0, mac);
  }

  /**
   * Tells neighbours: an ARP announcement (RFC 5227 section 2.3).
   *
   * @param ip the sender's, and the target's
   * @return the frame's length
   */
  int ofIpv4(MemorySegment s, long at, long mac, int ip) {
    return write(s, at, EthernetHeader.TYPE_ARP, ArpHeader.REQUEST, mac, ip, 0);
  }

  private static int write(
      MemorySegment s, long at, int type, int operation, long mac, int ip, long target) {
    EthernetHeader.write(s, at, EthernetHeader.BROADCAST, mac, type);
    ArpHeader.write(s, at + EthernetHeader.LENGTH, operation, mac, ip, target, ip);
    return EthernetHeader.LENGTH + ArpHeader.LENGTH;
  }

  /**
   * Tells neighbours: an advertisement that nobody has asked for (RFC 4861 section 7.2.6).
   *
   * @param router whether the address is a router's, which hosts stop using if it says that it is
   *     none (section 7.2.5)
   * @return the frame's length
   */
  int ofIpv6(MemorySegment s, long at, long mac, long hi, long lo, boolean router) {
    frame.begin(s, at, false);
    frame.from(mac, hi, lo);
    frame.to(EthernetHeader.multicast6(ALL_NODES_LO), ALL_NODES_HI, ALL_NODES_LO);
    int flags = NeighborMessage.OVERRIDE | (router ? NeighborMessage.ROUTER : 0);
    long icmp = frame.transportAt();
    NeighborMessage.writeAdvertisement(s, icmp, flags, hi, lo, mac);
    int length = NeighborMessage.ADVERTISEMENT_LENGTH;
    int frameLength = frame.finish(IpProtocol.ICMPV6, length);
    Icmpv6Header.fillChecksum(s, icmp, length, frame.pseudoHeader());
    return frameLength;
  }
}
