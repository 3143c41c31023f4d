package org.jpasst.demo;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.UdpHeader;

/** Asks a resolver for the IPv4 address of a name that all know (RFC 1035, RFC 6761). */
final class DnsClient {
  static final String NAME = "localhost";

  static final int PORT = 53;
  static final int HEADER = 12;
  static final int RECURSION_DESIRED = 0x0100;
  static final int RESPONSE = 0x8000;
  static final int TYPE_A = 1;
  static final int CLASS_IN = 1;
  private static final int RCODE = 0xf;
  private static final int ID = 0x6a70;
  private static final int OWN_PORT = 49_001;
  private static final int TRIES = 2;

  private final Guest guest;

  DnsClient(Guest guest) {
    this.guest = guest;
  }

  /** What the resolver says, in words; nothing if it does not answer in time. */
  Optional<String> ask(IpAddress own, IpAddress resolver) throws IOException {
    Optional<String> answer = Optional.empty();
    for (int i = 0; i < TRIES && answer.isEmpty(); i++) {
      guest.sendUdp(own, OWN_PORT, resolver, PORT, question());
      answer = guest.awaitPacket(IpProtocol.UDP, packet -> answer(packet, resolver));
    }
    return answer;
  }

  private static byte[] question() {
    byte[] label = NAME.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer message = ByteBuffer.allocate(HEADER + 1 + label.length + 1 + 2 * Short.BYTES);
    message.putShort((short) ID).putShort((short) RECURSION_DESIRED).putShort((short) 1);
    message.position(HEADER).put((byte) label.length).put(label).put((byte) 0);
    message.putShort((short) TYPE_A).putShort((short) CLASS_IN);
    return message.array();
  }

  private static Optional<String> answer(Packet packet, IpAddress resolver) {
    if (!packet.source().equals(resolver)
        || packet.payload().byteSize() < UdpHeader.LENGTH + HEADER
        || UdpHeader.destinationPort(packet.payload(), 0) != OWN_PORT) {
      return Optional.empty();
    }
    byte[] bytes = packet.payload().asSlice(UdpHeader.LENGTH).toArray(ValueLayout.JAVA_BYTE);
    ByteBuffer message = ByteBuffer.wrap(bytes);
    int id = Short.toUnsignedInt(message.getShort());
    int flags = Short.toUnsignedInt(message.getShort());
    if (id != ID || (flags & RESPONSE) == 0) {
      return Optional.empty();
    }
    return Optional.of(
        (flags & RCODE) == 0
            ? "answers a question for " + NAME
            : "answers a question for %s: response code %d".formatted(NAME, flags & RCODE));
  }
}
