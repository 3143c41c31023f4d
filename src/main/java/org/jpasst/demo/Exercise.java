package org.jpasst.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.UdpHeader;

/**
 * As much traffic as makes the back-end's JVM compile what carries it: streams both ways, small
 * segments, many connections, datagrams, pings. A few seconds, the same each time.
 */
final class Exercise {
  private static final int MEBIBYTE = 1 << 20;
  private static final List<Conversation> CONVERSATIONS =
      List.of(
          new Conversation(1, 1, 16 * MEBIBYTE),
          new Conversation(1, 16 * MEBIBYTE, 1),
          new Conversation(8, MEBIBYTE, MEBIBYTE),
          new Conversation(3000, 1, 1));

  private static final Conversation SHORT = new Conversation(1, 100, 1000);
  private static final int SHORT_ONES = 300;

  private static final int BURSTS = 200;
  private static final int BURST = 32;
  private static final int[] DATAGRAM_LENGTHS = {64, 1400};
  private static final int UDP_PORT = 50_000;

  private static final int PINGS = 500;

  private final Guest guest;
  private final Play.Way way;
  private final TrainingServer server;

  private Exercise(Guest guest, Play.Way way, TrainingServer server) {
    this.guest = guest;
    this.way = way;
    this.server = server;
  }

  /**
   * Takes exercise.
   *
   * @throws IOException if the traffic comes to a halt
   */
  static void take(Guest guest, Play.Way way) throws IOException {
    try (var server = TrainingServer.start(InetAddress.getByName(way.loopback()))) {
      new Exercise(guest, way, server).take();
    }
  }

  private void take() throws IOException {
    if (way.pings()) {
      ping();
    }
    var client = new TcpClient(guest);
    for (Conversation each : CONVERSATIONS) {
      each.hold(client, way.own(), way.host(), server.tcpPort());
    }
    for (int i = 0; i < SHORT_ONES; i++) {
      SHORT.hold(client, way.own(), way.host(), server.tcpPort());
    }
    for (int length : DATAGRAM_LENGTHS) {
      datagrams(server.udpPort(), new byte[length]);
    }
  }

  private void ping() throws IOException {
    var ping = new Ping(guest);
    for (int i = 0; i < PINGS; i++) {
      if (ping.send(way.own(), way.host()).isEmpty()) {
        throw new IOException("a ping was not answered");
      }
    }
  }

  private void datagrams(int port, byte[] data) throws IOException {
    for (int i = 0; i < BURSTS; i++) {
      for (int j = 0; j < BURST; j++) {
        guest.sendUdp(way.own(), UDP_PORT, way.host(), port, data);
      }
      for (int j = 0; j < BURST; j++) {
        if (guest.awaitPacket(IpProtocol.UDP, packet -> from(port, packet)).isEmpty()) {
          throw new IOException("a datagram was lost");
        }
      }
    }
  }

  private static Optional<Packet> from(int port, Packet packet) {
    return Optional.of(packet).filter(each -> UdpHeader.sourcePort(each.payload(), 0) == port);
  }
}
