package org.jpasst.demo;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;

/**
 * A received IP packet.
 *
 * @param payload what is behind the IP header
 */
record Packet(IpAddress source, IpAddress destination, int protocol, MemorySegment payload) {

  /** The packet in a frame, unless there is none. Extension headers are taken as payload. */
  static Optional<Packet> parse(MemorySegment frame, long at) {
    int available = (int) (frame.byteSize() - at);
    int type = EthernetHeader.type(frame, 0);
    if (type == EthernetHeader.TYPE_IPV4 && Ipv4Header.valid(frame, at, available)) {
      return Optional.of(ipv4(frame, at));
    }
    if (type == EthernetHeader.TYPE_IPV6 && Ipv6Header.valid(frame, at, available)) {
      return Optional.of(ipv6(frame, at));
    }
    return Optional.empty();
  }

  /** The sum of the pseudo header that goes with the addresses' family. */
  static long pseudoHeader(IpAddress source, IpAddress destination, int protocol, int length) {
    return source.isIpv4()
        ? InternetChecksum.pseudoHeader4(source.ipv4(), destination.ipv4(), protocol, length)
        : InternetChecksum.pseudoHeader6(
            source.hi(), source.lo(), destination.hi(), destination.lo(), protocol, length);
  }

  private static Packet ipv4(MemorySegment frame, long at) {
    int header = Ipv4Header.headerLength(frame, at);
    return new Packet(
        IpAddress.ofIpv4(Ipv4Header.source(frame, at)),
        IpAddress.ofIpv4(Ipv4Header.destination(frame, at)),
        Ipv4Header.protocol(frame, at),
        frame.asSlice(at + header, Ipv4Header.totalLength(frame, at) - header));
  }

  private static Packet ipv6(MemorySegment frame, long at) {
    return new Packet(
        new IpAddress(Ipv6Header.sourceHi(frame, at), Ipv6Header.sourceLo(frame, at)),
        new IpAddress(Ipv6Header.destinationHi(frame, at), Ipv6Header.destinationLo(frame, at)),
        Ipv6Header.nextHeader(frame, at),
        frame.asSlice(at + Ipv6Header.LENGTH, Ipv6Header.payloadLength(frame, at)));
  }
}
