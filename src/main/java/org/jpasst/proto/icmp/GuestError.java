package org.jpasst.proto.icmp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.Pif;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6FragmentHeader;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.PathMtu;

/**
 * An ICMP or ICMPv6 error of the guest's about a packet that it was sent: what it says, and which
 * packet it quotes. The guest may have made it up; what it quotes has to be compared with what was
 * sent (RFC 5927 section 4.1). One object shows one error after the other.
 */
public final class GuestError {
  /** What the errors of both IP versions say. */
  public enum Meaning {
    /** The packet doesn't fit onto the path; {@link #mtu} does. */
    TOO_BIG,
    /** Nobody takes it, or it is forbidden: a hard error (RFC 1122 section 4.2.3.9). */
    REFUSED,
    /** There is no such host now. */
    HOST_UNREACHABLE,
    /** It may get there the next time: a soft error. */
    SOFT
  }

  /** Ports and TCP's sequence number, all of the payload that RFC 792 has quoted. */
  private static final int QUOTED = 8;

  private static final int SEQUENCE = 4;
  private static final int PARAMETER_PROBLEM4 = 12;
  private static final int PARAMETER_PROBLEM6 = 4;

  private final FlowSide side = new FlowSide();
  private Meaning meaning = Meaning.SOFT;
  private int mtu;
  private int protocol;
  private int packetLength;
  private int sequence;

  /** Whether this is the type of an error message. Source quench is none (RFC 6633). */
  public static boolean isError(int type, boolean ipv4) {
    return ipv4
        ? type == IcmpHeader.DESTINATION_UNREACHABLE
            || type == IcmpHeader.TIME_EXCEEDED
            || type == PARAMETER_PROBLEM4
        : type >= Icmpv6Header.DESTINATION_UNREACHABLE && type <= PARAMETER_PROBLEM6;
  }

  /**
   * Shows an error.
   *
   * @param packet in one piece, its checksum verified
   * @return false where it doesn't quote enough of a packet to tell whose that was
   */
  public boolean read(Packet packet) {
    MemorySegment s = packet.memory();
    long at = packet.at();
    long quote = at + IcmpHeader.LENGTH;
    int available = packet.length() - IcmpHeader.LENGTH;
    int type = IcmpHeader.type(s, at);
    int code = IcmpHeader.code(s, at);
    if (packet.isIpv4()) {
      meaning = meaning4(type, code);
      mtu = IcmpHeader.mtu(s, at);
      return readQuote4(s, quote, available);
    }
    meaning = meaning6(type, code);
    // RFC 4443 section 3.2: 32 bits; what is negative here is longer than any packet.
    int told = NetworkOrder.get32(s, at + IcmpHeader.LENGTH - Integer.BYTES);
    mtu = told < 0 ? Integer.MAX_VALUE : told;
    return readQuote6(s, quote, available);
  }

  /** RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1. */
  private static Meaning meaning4(int type, int code) {
    if (type != IcmpHeader.DESTINATION_UNREACHABLE) {
      return Meaning.SOFT;
    }
    return switch (code) {
      case IcmpHeader.FRAGMENTATION_NEEDED -> Meaning.TOO_BIG;
      case 2, 3, 9, 10, 13 -> Meaning.REFUSED; // protocol, port; prohibited
      case 1, 7 -> Meaning.HOST_UNREACHABLE; // doesn't answer, isn't known
      default -> Meaning.SOFT;
    };
  }

  /** RFC 4443 sections 3.1 to 3.4. */
  private static Meaning meaning6(int type, int code) {
    return switch (type) {
      case Icmpv6Header.PACKET_TOO_BIG -> Meaning.TOO_BIG;
      case Icmpv6Header.DESTINATION_UNREACHABLE ->
          switch (code) {
            case 1, 4, 5, 6 -> Meaning.REFUSED; // prohibited, port; what policies and routes reject
            case 3 -> Meaning.HOST_UNREACHABLE;
            default -> Meaning.SOFT;
          };
      // The next header isn't known: what IPv4 calls "protocol unreachable".
      case PARAMETER_PROBLEM6 -> code == 1 ? Meaning.REFUSED : Meaning.SOFT;
      default -> Meaning.SOFT;
    };
  }

  private boolean readQuote4(MemorySegment s, long quote, int available) {
    if (available < Ipv4Header.LENGTH + QUOTED) {
      return false;
    }
    int header = Ipv4Header.headerLength(s, quote);
    if (Ipv4Header.version(s, quote) != 4
        || header < Ipv4Header.LENGTH
        || available < header + QUOTED
        || Ipv4Header.fragmentOffset(s, quote) != 0) {
      return false;
    }
    protocol = Ipv4Header.protocol(s, quote);
    packetLength = Ipv4Header.totalLength(s, quote);
    readTransport(
        s,
        quote + header,
        0,
        IpAddress.mapped(Ipv4Header.source(s, quote)),
        0,
        IpAddress.mapped(Ipv4Header.destination(s, quote)));
    return true;
  }

  private boolean readQuote6(MemorySegment s, long quote, int available) {
    if (available < Ipv6Header.LENGTH + QUOTED || Ipv6Header.version(s, quote) != 6) {
      return false;
    }
    long transport = quote + Ipv6Header.LENGTH;
    protocol = Ipv6Header.nextHeader(s, quote);
    packetLength = Ipv6Header.LENGTH + Ipv6Header.payloadLength(s, quote);
    if (protocol == Ipv6FragmentHeader.NUMBER) {
      if (available < Ipv6Header.LENGTH + Ipv6FragmentHeader.LENGTH + QUOTED
          || Ipv6FragmentHeader.offset(s, transport) != 0) {
        return false;
      }
      protocol = Ipv6FragmentHeader.nextHeader(s, transport);
      transport += Ipv6FragmentHeader.LENGTH;
    }
    readTransport(
        s,
        transport,
        Ipv6Header.sourceHi(s, quote),
        Ipv6Header.sourceLo(s, quote),
        Ipv6Header.destinationHi(s, quote),
        Ipv6Header.destinationLo(s, quote));
    return true;
  }

  /** The quoted packet was for the guest: its destination is the flow's endpoint. */
  private void readTransport(
      MemorySegment s, long at, long fromHi, long fromLo, long toHi, long toLo) {
    int fromPort = NetworkOrder.get16(s, at);
    int toPort = NetworkOrder.get16(s, at + Short.BYTES);
    side.set(Pif.GUEST, toHi, toLo, toPort, fromHi, fromLo, fromPort);
    sequence = NetworkOrder.get32(s, at + SEQUENCE);
  }

  /** What it says. */
  public Meaning meaning() {
    return meaning;
  }

  /** The transport protocol of the quoted packet, see {@link org.jpasst.wire.IpProtocol}. */
  public int protocol() {
    return protocol;
  }

  /** The guest's side of the flow that the quoted packet claims to be of. */
  public FlowSide side() {
    return side;
  }

  /** If it was a TCP segment, its sequence number. */
  public int sequence() {
    return sequence;
  }

  /**
   * The longest packet, from its IP header on, that gets through; of {@link Meaning#TOO_BIG} only.
   * Never less than what every link takes.
   *
   * @param sent bytes in the longest packet of the flow
   * @return {@code sent} where the message tells nothing new
   */
  public int mtu(int sent) {
    boolean ipv4 = side.isIpv4();
    if (!ipv4 && mtu < PathMtu.MINIMUM6) {
      return sent; // RFC 8201 section 4: to be discarded
    }
    int told = ipv4 && mtu == 0 ? PathMtu.plateauBelow(Math.min(packetLength, sent)) : mtu;
    return Math.min(sent, Math.max(told, PathMtu.minimum(ipv4)));
  }

  /** Bytes from the IP header to the transport header of packets for the guest. */
  public int ipLength() {
    return IpFrame.ipLength(side.isIpv4());
  }
}
