package org.jpasst.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Has a back-end save and load the state of its guest's connections, again and again. A migration
 * comes once in a back-end's life: what it needs is to be in the cache.
 */
final class Moves {
  private static final int CONNECTIONS = 128;
  private static final int ROUNDS = 20;

  // Where a state's flow records begin, how long they are, and where they have the ports of the
  // guest and of its connection's socket; see the stream's layout in docs/migration.md.
  private static final int FLOWS_AT = 62;
  private static final int FLOW = 112;
  private static final int GUEST_PORT_AT = 36;
  private static final int SOCKET_PORT_AT = 70;

  private final Guest guest;
  private final Play.Way way;
  private final Path control;

  Moves(Guest guest, Play.Way way, Path control) {
    this.guest = guest;
    this.way = way;
    this.control = control;
  }

  /**
   * Saves and loads.
   *
   * @param state a file for it
   */
  void make(Path state) throws IOException {
    InetAddress loopback = InetAddress.getByName(way.loopback());
    try (var server = new ServerSocket(0, CONNECTIONS, loopback);
        SocketChannel operator = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      operator.connect(UnixDomainSocketAddress.of(control));
      var answers = new BufferedReader(Channels.newReader(operator, StandardCharsets.UTF_8));
      var client = new TcpClient(guest); // one for all: each connection has a port of its own
      for (int i = 0; i < CONNECTIONS; i++) {
        if (!client.open(way.own(), way.host(), server.getLocalPort())) {
          throw new IOException("a connection to be moved wasn't answered");
        }
      }
      ask(operator, answers, "{\"command\":\"migrate prepare\"}");
      for (int i = 1; i <= ROUNDS; i++) {
        ask(operator, answers, "{\"command\":\"migrate save\",\"path\":\"" + state + "\"}");
        ask(operator, answers, "{\"command\":\"migrate cancel\"}");
        changePorts(state, i);
        ask(operator, answers, "{\"command\":\"migrate load\",\"path\":\"" + state + "\"}");
      }
    }
  }

  /** Makes other connections of them, which have no peers: the host's kernel ends them at once. */
  private static void changePorts(Path state, int by) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(state)).order(ByteOrder.nativeOrder());
    int flows = bytes.slice(FLOWS_AT - Integer.BYTES, Integer.BYTES).getInt();
    for (int i = 0; i < flows; i++) {
      int at = FLOWS_AT + FLOW * i;
      for (int port : new int[] {at + GUEST_PORT_AT, at + SOCKET_PORT_AT}) {
        bytes.putShort(port, (short) (bytes.getShort(port) + CONNECTIONS * by));
      }
    }
    Files.write(state, bytes.array());
  }

  private static void ask(SocketChannel operator, BufferedReader answers, String request)
      throws IOException {
    operator.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
    answers.readLine();
  }
}
