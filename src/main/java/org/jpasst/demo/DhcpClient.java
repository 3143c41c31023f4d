package org.jpasst.demo;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jpasst.net.IpAddress;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.UdpHeader;

/** Gets a lease: DISCOVER, OFFER, REQUEST, ACK (RFC 2131). */
final class DhcpClient {
  private static final int CLIENT_PORT = 68;
  private static final int SERVER_PORT = 67;

  private static final int TRANSACTION = 4;
  private static final int YOUR_ADDRESS = 16;
  private static final int HARDWARE_ADDRESS = 28;
  private static final int COOKIE = 236;
  private static final int MAGIC = 0x6382_5363;
  private static final int OPTIONS = 240;
  private static final int LENGTH = 300;

  private static final int SUBNET_MASK = 1;
  private static final int ROUTER = 3;
  private static final int RESOLVERS = 6;
  private static final int MTU = 26;
  private static final int REQUESTED_ADDRESS = 50;
  private static final int MESSAGE_TYPE = 53;
  private static final int SERVER = 54;
  private static final int PARAMETERS = 55;
  private static final int PAD = 0;
  private static final int END = 255;

  private static final int DISCOVER = 1;
  private static final int OFFER = 2;
  private static final int REQUEST = 3;
  private static final int ACK = 5;

  private static final int ID = 0x6a70_6173;

  private final Guest guest;

  DhcpClient(Guest guest) {
    this.guest = guest;
  }

  /** What was leased. A value of 0 or an empty list stands for what the server did not tell. */
  record Lease(
      IpAddress address, int prefix, IpAddress router, List<IpAddress> resolvers, int mtu) {}

  private record Answer(IpAddress address, Map<Integer, ByteBuffer> options) {}

  /** Asks for a lease; nothing if no server answers. */
  Optional<Lease> lease() throws IOException {
    send(DISCOVER, IpAddress.ANY4, IpAddress.ANY4);
    Optional<Answer> offer = await(OFFER);
    if (offer.isEmpty()) {
      return Optional.empty();
    }
    IpAddress server = address(offer.get(), SERVER).orElse(IpAddress.ANY4);
    send(REQUEST, offer.get().address(), server);
    return await(ACK).map(DhcpClient::lease);
  }

  private static Lease lease(Answer answer) {
    int mask = address(answer, SUBNET_MASK).map(IpAddress::ipv4).orElse(0);
    var resolvers = new ArrayList<IpAddress>();
    ByteBuffer listed = answer.options().getOrDefault(RESOLVERS, ByteBuffer.allocate(0));
    while (listed.remaining() >= 4) {
      resolvers.add(IpAddress.ofIpv4(listed.getInt()));
    }
    ByteBuffer mtu = answer.options().get(MTU);
    return new Lease(
        answer.address(),
        Integer.bitCount(mask),
        address(answer, ROUTER).orElse(IpAddress.ANY4),
        List.copyOf(resolvers),
        mtu == null ? 0 : Short.toUnsignedInt(mtu.getShort(0)));
  }

  private void send(int type, IpAddress requested, IpAddress server) throws IOException {
    ByteBuffer message = ByteBuffer.allocate(LENGTH);
    message.putInt(0x0101_0600).putInt(ID);
    message.putLong(HARDWARE_ADDRESS, Guest.MAC.bits() << 16);
    message.putInt(COOKIE, MAGIC).position(OPTIONS);
    message.put((byte) MESSAGE_TYPE).put((byte) 1).put((byte) type);
    if (type == REQUEST) {
      message.put((byte) REQUESTED_ADDRESS).put((byte) 4).putInt(requested.ipv4());
      message.put((byte) SERVER).put((byte) 4).putInt(server.ipv4());
    }
    message.put((byte) PARAMETERS).put((byte) 4);
    message.put((byte) SUBNET_MASK).put((byte) ROUTER).put((byte) RESOLVERS).put((byte) MTU);
    message.put((byte) END);
    guest.sendUdp(IpAddress.ANY4, CLIENT_PORT, IpAddress.BROADCAST4, SERVER_PORT, message.array());
  }

  private Optional<Answer> await(int type) throws IOException {
    return guest.awaitPacket(
        IpProtocol.UDP,
        packet ->
            parse(packet.payload())
                .filter(answer -> answer.options().get(MESSAGE_TYPE).get(0) == type));
  }

  private static Optional<Answer> parse(MemorySegment udp) {
    long message = UdpHeader.LENGTH;
    if (udp.byteSize() < message + OPTIONS
        || UdpHeader.destinationPort(udp, 0) != CLIENT_PORT
        || NetworkOrder.get32(udp, message + TRANSACTION) != ID
        || NetworkOrder.get32(udp, message + COOKIE) != MAGIC) {
      return Optional.empty();
    }
    var options = new HashMap<Integer, ByteBuffer>();
    ByteBuffer bytes = udp.asSlice(message + OPTIONS).asByteBuffer();
    while (bytes.remaining() >= 2) {
      int code = Byte.toUnsignedInt(bytes.get());
      if (code == END) {
        break;
      }
      if (code != PAD) {
        int length = Math.min(Byte.toUnsignedInt(bytes.get()), bytes.remaining());
        options.put(code, bytes.slice(bytes.position(), length));
        bytes.position(bytes.position() + length);
      }
    }
    IpAddress address = IpAddress.ofIpv4(NetworkOrder.get32(udp, message + YOUR_ADDRESS));
    return options.containsKey(MESSAGE_TYPE)
        ? Optional.of(new Answer(address, options))
        : Optional.empty();
  }

  private static Optional<IpAddress> address(Answer answer, int option) {
    return Optional.ofNullable(answer.options().get(option))
        .filter(value -> value.remaining() >= 4)
        .map(value -> IpAddress.ofIpv4(value.getInt(0)));
  }
}
