package org.jpasst.fuzz;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jpasst.linux.Message;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketType;
import org.jpasst.wire.NetworkOrder;
import org.jpasst.wire.UdpHeader;

/**
 * The guest's datagrams to two peers of the loopback interface, one for each IP version. Each has a
 * number of its own, is to arrive once at most and as it was sent, and some are sent back.
 */
final class GuestDatagrams {
  private static final int FIRST_PORT = 18_000;
  private static final int PORTS = 16;
  private static final int BUFFER = 1 << 16;
  private static final int NUMBER = Integer.BYTES;
  private static final int CHECKSUM = 6;
  private static final int SEND_BACK = 2; // every so many

  private final GuestEnd end;
  private final Packets packets;
  private final PeerSockets peers;
  private final BooleanSupplier trusting;
  private final int[] sockets = new int[2];
  private final int[] ports = new int[2];
  private final MemorySegment buffer = Arena.global().allocate(BUFFER, 8);
  private final Message received = new Message(1, 0);
  private final Set<Integer> underWay = new HashSet<>();
  private final Set<Integer> comingBack = new HashSet<>();
  private int number;

  GuestDatagrams(GuestEnd end, Packets packets, PeerSockets peers, BooleanSupplier trusting) {
    this.end = end;
    this.packets = packets;
    this.peers = peers;
    this.trusting = trusting;
    for (int i = 0; i < 2; i++) {
      sockets[i] = peers.bind(i == 0, SocketType.DGRAM);
      ports[i] = peers.port(sockets[i]);
    }
  }

  Input next(SplittableRandom random, int most) {
    int length = random.nextInt(8) == 0 ? random.nextInt(most) : random.nextInt(1473);
    int ttl = random.nextInt(4) == 0 ? random.nextInt(256) : 64;
    return Input.of(
        "datagram",
        random.nextInt(2),
        random.nextInt(PORTS),
        length,
        ttl,
        random.nextInt(50) == 0 ? 1 : 0);
  }

  /** IP version, port, length, TTL, whether its checksum is wrong. */
  void send(Input input, int most) {
    int family = input.choice(0, 2);
    int length = input.choice(2, most);
    boolean damaged = (input.number(4) & 1) != 0;
    MemorySegment s = packets.memory();
    long at = Packets.transportAt(family == 0) + UdpHeader.LENGTH;
    number++;
    StreamContent.fill(s, at, number, 0, length);
    if (length >= NUMBER) {
      NetworkOrder.put32(s, at, number);
      if (!damaged) {
        underWay.add(number);
      }
    }
    int port = FIRST_PORT + input.choice(1, PORTS);
    int ttl = input.choice(3, 256);
    int frame = packets.udp(family == 0, port, ports[family], length, ttl, damaged);
    end.send(s, 0, frame, false, 0);
  }

  /** The peers read, and send some back. */
  void receive() {
    for (int fd : sockets) {
      received.vectors().set(0, buffer, 0, BUFFER);
      received.prepareReceive(1);
      int length = peers.sockets().recvmsg(fd, received, MessageFlag.DONTWAIT);
      while (length >= 0) {
        if (length >= NUMBER && arrived("the peer", underWay, 0, length)) {
          sendBack(fd, length);
        }
        received.vectors().set(0, buffer, 0, BUFFER);
        received.prepareReceive(1);
        length = peers.sockets().recvmsg(fd, received, MessageFlag.DONTWAIT);
      }
    }
  }

  private boolean arrived(String whom, Set<Integer> expected, long at, int length) {
    return arrived(whom, expected, buffer, at, length);
  }

  private boolean arrived(
      String whom, Set<Integer> expected, MemorySegment s, long at, int length) {
    int which = NetworkOrder.get32(s, at);
    if (!expected.remove(which)) {
      if (trusting.getAsBoolean()) {
        throw new AssertionError(whom + " got datagram " + which + ", invented or twice");
      }
      return false;
    }
    if (trusting.getAsBoolean()) {
      StreamContent.check("a datagram for " + whom, s, at + NUMBER, which, NUMBER, length - NUMBER);
    }
    return true;
  }

  private void sendBack(int fd, int length) {
    int which = NetworkOrder.get32(buffer, 0);
    if (which % SEND_BACK == 0) {
      received.vectors().set(0, buffer, 0, length);
      received.prepareSend(1);
      if (peers.sockets().sendmsg(fd, received, MessageFlag.DONTWAIT) == length) {
        comingBack.add(which);
      }
    }
  }

  /** A datagram has come for the guest. */
  void onDatagram(MemorySegment s, long at, int length) {
    int port = UdpHeader.destinationPort(s, at);
    int from = UdpHeader.sourcePort(s, at);
    boolean ours = port >= FIRST_PORT && port < FIRST_PORT + PORTS;
    if (ours && length >= UdpHeader.LENGTH + NUMBER && (from == ports[0] || from == ports[1])) {
      arrived("the guest", comingBack, s, at + UdpHeader.LENGTH, length - UdpHeader.LENGTH);
    }
  }

  /** Whether a datagram of IPv4 has none, which RFC 768 allows. */
  static boolean hasNoChecksum(MemorySegment s, long at) {
    return NetworkOrder.get16(s, at + CHECKSUM) == 0;
  }

  /** Those that are still under way won't come any more. */
  void forget() {
    receive();
    underWay.clear();
    comingBack.clear();
  }

  void close() {
    for (int fd : sockets) {
      peers.close(fd);
    }
  }
}
