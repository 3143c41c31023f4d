package org.jpasst.rehearsal;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.SocketPair;
import org.jpasst.linux.SocketType;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/**
 * Two back-ends whose guests' links are the two ends of one connection, so that each takes the
 * other for its guest. A peer of the first connects to a port that is forwarded; the second sees a
 * guest that connects to somebody, and connects. So what the one sends to its guest, the other
 * receives from its: both directions of both are played by the program itself, packet by packet.
 */
final class Play implements AutoCloseable {
  // Addresses for documentation, RFC 5737 and RFC 3849.
  static final IpAddress HOST4 = address("192.0.2.1");
  static final IpAddress PEER4 = address("198.51.100.1");
  private static final IpAddress HOST6 = address("2001:db8::1");
  private static final IpAddress PEER6 = address("2001:db8:1::1");
  static final IpAddress LINK_LOCAL = address("fe80::1");

  static final MacAddress FIRST_MAC = new MacAddress(0x0200_0000_0001L);
  static final MacAddress SECOND_MAC = new MacAddress(0x0200_0000_0002L);
  private static final int PORT = 7000;
  private static final int FIRST_PEER_PORT = 20_000;
  private static final int PEER_PORTS = 40_000;

  /** Small enough for what is under way to stay in the buffers' first pages. */
  private static final int PORTION = 1 << 15;

  private static final int PORTIONS = 8;
  private static final int QUESTIONS = 16;
  private static final int ECHOES = 4;

  /** Far more than anything takes. */
  private static final int MAX_TURNS = 100_000;

  private final Actor first;
  private final Actor second;
  private final List<Echo> echoes;
  private int connections;

  /**
   * Makes them.
   *
   * @throws IOException if the process is out of descriptors
   */
  Play(PairedSockets one, PairedSockets other) throws IOException {
    first = new Actor(one, HOST4, HOST6, FIRST_MAC, Optional.of(PORT));
    second = new Actor(other, PEER4, PEER6, SECOND_MAC, Optional.empty());
    SocketPair link = SocketPair.create(SocketType.STREAM | SocketType.NONBLOCK);
    first.attach(link.ours());
    second.attach(link.theirs());
    OtherEnds ends = second.ends();
    echoes =
        List.of(
            new Echo(link.ours(), ends, PEER4, HOST4), new Echo(link.ours(), ends, PEER6, HOST6));
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  /**
   * One connection: portions one way and the other, questions and answers, and its end.
   *
   * @param over whether to leave out what is left of it
   * @throws IOException if it comes to a standstill, which would be a fault
   */
  void converse(BooleanSupplier over) throws IOException {
    int number = connections++;
    boolean ipv4 = number % 2 == 0;
    var peer = new Endpoint(ipv4 ? PEER4 : PEER6, FIRST_PEER_PORT + number % PEER_PORTS);
    first.ends().between(peer, new Endpoint(ipv4 ? HOST4 : HOST6, PORT));
    second.ends().between(new Endpoint(ipv4 ? HOST4 : HOST6, PORT), peer);
    int client = first.ends().come();
    turnUntil(() -> second.ends().hasConnected());
    int server = second.ends().takeConnected();
    try {
      for (int i = 0; i < PORTIONS && !over.getAsBoolean(); i++) {
        carry(client, server, PORTION);
        carry(server, client, PORTION);
      }
      for (int i = 0; i < QUESTIONS && !over.getAsBoolean(); i++) {
        carry(client, server, 1);
        carry(server, client, 1);
      }
    } finally {
      FileDescriptors.close(client);
      turnUntil(() -> read(server) == 0);
      FileDescriptors.close(server);
      turnUntil(() -> openConnections() == 0);
    }
  }

  private int openConnections() {
    return first.openConnections() + second.openConnections();
  }

  /**
   * Echo requests of the second's guest, each of which is answered; the first drops the replies, as
   * it has sent none.
   *
   * @param over whether to leave out what is left of them
   * @throws IOException if it comes to a standstill, which would be a fault
   */
  void ping(BooleanSupplier over) throws IOException {
    for (int i = 0; i < ECHOES && !over.getAsBoolean(); i++) {
      for (Echo echo : echoes) {
        long before = first.framesFromGuest();
        echo.ask();
        turnUntil(echo::answer);
        turnUntil(() -> first.framesFromGuest() > before);
      }
    }
  }

  private void carry(int from, int to, int length) throws IOException {
    int written = FileDescriptors.write(from, scratch(), 0, length);
    if (written != length) {
      throw new IOException("a portion was not taken: " + written);
    }
    int[] left = {length};
    turnUntil(
        () -> {
          left[0] -= Math.max(0, read(to));
          return left[0] == 0;
        });
  }

  private int read(int fd) {
    return FileDescriptors.read(fd, scratch(), 0, scratch().byteSize());
  }

  private MemorySegment scratch() {
    return first.ends().scratch();
  }

  private void turnUntil(BooleanSupplier condition) throws IOException {
    for (int i = 0; !condition.getAsBoolean(); i++) {
      if (i == MAX_TURNS) {
        throw new IOException("a rehearsal has come to a standstill");
      }
      turn();
    }
  }

  private void turn() {
    first.turn();
    second.turn();
  }

  @Override
  public void close() {
    first.close();
    second.close();
    echoes.forEach(Echo::close);
  }
}
