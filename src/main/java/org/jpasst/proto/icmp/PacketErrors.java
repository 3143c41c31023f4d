package org.jpasst.proto.icmp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameSink;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.GuestFrame;
import org.jpasst.proto.Packet;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv6Header;

/**
 * Tells the guest that a packet of its goes no further, by ICMP and ICMPv6 errors that quote it as
 * it came. None are about packets from or to groups, or about other errors (RFC 1122 section 3.2.2,
 * RFC 4443 section 2.4).
 */
public final class PacketErrors {
  /** Code of "time exceeded": in transit. */
  private static final int HOP_LIMIT = 0;

  /** Code of "time exceeded": the fragments that are there wait in vain for others. */
  private static final int REASSEMBLY = 1;

  /** Of the packet's payload, over IPv4: ports, and what TCP has of them besides. */
  private static final int QUOTED4 = 16;

  /** Of the whole packet, over IPv6 (RFC 4443 section 3.3). */
  private static final int QUOTED6 = 1280 - Ipv6Header.LENGTH - Icmpv6Header.LENGTH;

  private final AddressTranslation translation;
  private final MacLookup macs;
  private final GuestAddresses guest;
  private final GuestFrame frame;

  /** The guest's endpoint, and as ours who reports the error. */
  private final FlowSide reporter = new FlowSide();

  /** Writes to a sink, as the guest knows the senders. */
  public PacketErrors(
      FrameSink sink, GuestAddresses guest, AddressTranslation translation, MacLookup macs) {
    this.translation = translation;
    this.macs = macs;
    this.guest = guest;
    frame = new GuestFrame(sink, guest);
  }

  /**
   * A datagram was given up of which only some fragments have come. Its destination says so, which
   * would have put it together.
   *
   * @param first the first fragment
   */
  public void reassemblyTimeExceeded(Packet first) {
    write(first, first.destinationHi(), first.destinationLo(), REASSEMBLY);
  }

  /** A packet has no hop left to go on. */
  public void hopLimitExceeded(Packet packet) {
    IpAddress our = translation.ourAddress(packet.isIpv4());
    if (!our.isUnspecified()) {
      write(packet, our.hi(), our.lo(), HOP_LIMIT);
    }
  }

  private void write(Packet packet, long ourHi, long ourLo, int code) {
    if (!IpAddress.isUnicast(packet.sourceHi(), packet.sourceLo())
        || !IpAddress.isUnicast(packet.destinationHi(), packet.destinationLo())
        || translation.isBroadcast(packet.destinationHi(), packet.destinationLo())
        || isAboutError(packet)) {
      return;
    }
    boolean ipv4 = packet.isIpv4();
    reporter.set(Pif.GUEST, packet.sourceHi(), packet.sourceLo(), 0, ourHi, ourLo, 0);
    guest.heard(reporter, packet.sourceMac());
    long ip = packet.frame().at() + EthernetHeader.LENGTH;
    int header = (int) (packet.at() - ip);
    int available = header + packet.lengthInHead();
    int quoted = Math.min(available, ipv4 ? header + QUOTED4 : QUOTED6);
    int length = IcmpHeader.LENGTH + quoted;
    if (!frame.lendControl(reporter, macs.macOf(ourHi, ourLo), length)) {
      return;
    }
    MemorySegment s = frame.memory();
    long icmp = frame.transportAt();
    int type = ipv4 ? IcmpHeader.TIME_EXCEEDED : Icmpv6Header.TIME_EXCEEDED;
    IcmpHeader.write(s, icmp, type, code, 0);
    MemorySegment.copy(packet.memory(), ip, s, icmp + IcmpHeader.LENGTH, quoted);
    frame.finish(IpProtocol.icmp(ipv4), length);
    Icmpv6Header.fillChecksum(s, icmp, length, frame.pseudoHeader());
    frame.publish();
  }

  private static boolean isAboutError(Packet packet) {
    return packet.protocol() == IpProtocol.icmp(packet.isIpv4())
        && (packet.lengthInHead() < 1
            || GuestError.isError(IcmpHeader.type(packet.memory(), packet.at()), packet.isIpv4()));
  }
}
