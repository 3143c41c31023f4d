package org.jpasst.demo;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;

/** Sends echo requests (RFC 792, RFC 4443 section 4). */
final class Ping {
  private static final int IDENTIFIER = 0x4a50;
  private static final int LENGTH = 64;

  private final Guest guest;
  private int sequence;

  Ping(Guest guest) {
    this.guest = guest;
  }

  /** The time until the reply, unless none comes. */
  Optional<Duration> send(IpAddress source, IpAddress destination) throws IOException {
    sequence++;
    int rest = IDENTIFIER << 16 | sequence;
    byte[] request = new byte[LENGTH];
    MemorySegment s = MemorySegment.ofArray(request);
    int protocol = IpProtocol.icmp(source.isIpv4());
    if (source.isIpv4()) {
      IcmpHeader.write(s, 0, IcmpHeader.ECHO_REQUEST, 0, rest);
      IcmpHeader.fillChecksum(s, 0, LENGTH);
    } else {
      IcmpHeader.write(s, 0, Icmpv6Header.ECHO_REQUEST, 0, rest);
      long pseudo = Packet.pseudoHeader(source, destination, protocol, LENGTH);
      Icmpv6Header.fillChecksum(s, 0, LENGTH, pseudo);
    }
    long start = System.nanoTime();
    guest.send(source, destination, protocol, request);
    return guest.awaitPacket(protocol, packet -> reply(packet, start));
  }

  /** The two families' headers have the same shape. */
  private Optional<Duration> reply(Packet packet, long start) {
    MemorySegment s = packet.payload();
    int type = packet.source().isIpv4() ? IcmpHeader.ECHO_REPLY : Icmpv6Header.ECHO_REPLY;
    boolean answers =
        s.byteSize() >= LENGTH
            && IcmpHeader.type(s, 0) == type
            && IcmpHeader.identifier(s, 0) == IDENTIFIER
            && IcmpHeader.sequence(s, 0) == sequence;
    return answers ? Optional.of(Duration.ofNanos(System.nanoTime() - start)) : Optional.empty();
  }
}
