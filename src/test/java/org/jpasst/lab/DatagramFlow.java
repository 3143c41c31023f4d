package org.jpasst.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;

/** Two ends of a UDP flow through a back-end, in different namespaces; datagrams are numbered. */
public final class DatagramFlow implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int LENGTH = 64;

  private final DatagramChannel client;
  private final DatagramChannel server;
  private final SocketAddress clientAsSeen;

  private DatagramFlow(DatagramChannel client, DatagramChannel server) throws IOException {
    this.client = client;
    this.server = server;
    send(client, 0);
    ByteBuffer first = ByteBuffer.allocate(LENGTH);
    await(server);
    clientAsSeen = server.receive(first);
    assertThat(first.getInt(0)).isZero();
    reply(0);
    expectAtClient(0, 1);
  }

  /**
   * Opens one, with one datagram each way.
   *
   * @param address of the server, as the client reaches it
   */
  public static DatagramFlow open(
      NetworkNamespace client, String address, int port, NetworkNamespace server)
      throws IOException {
    DatagramChannel to = server.call(DatagramChannel::open);
    to.bind(new InetSocketAddress(address(address), port));
    DatagramChannel from = client.call(DatagramChannel::open);
    from.connect(new InetSocketAddress(address, port));
    return new DatagramFlow(from, to);
  }

  private static InetAddress address(String address) throws IOException {
    return InetAddress.getByName(address);
  }

  /** The server sends datagrams with these numbers. */
  public void reply(int first, int count) throws IOException {
    for (int i = first; i < first + count; i++) {
      reply(i);
    }
  }

  private void reply(int number) throws IOException {
    server.send(ByteBuffer.allocate(LENGTH).putInt(0, number), clientAsSeen);
  }

  /** The client sends datagrams with these numbers. */
  public void request(int first, int count) throws IOException {
    for (int i = first; i < first + count; i++) {
      send(client, i);
    }
  }

  private static void send(DatagramChannel channel, int number) throws IOException {
    channel.write(ByteBuffer.allocate(LENGTH).putInt(0, number));
  }

  /** The client gets datagrams with just these numbers next, in order. */
  public void expectAtClient(int first, int count) throws IOException {
    for (int i = first; i < first + count; i++) {
      await(client);
      ByteBuffer got = ByteBuffer.allocate(LENGTH);
      client.read(got);
      assertThat(got.getInt(0)).as("the client's next datagram").isEqualTo(i);
    }
  }

  /** The server gets datagrams with just these numbers next, in order, all from the same client. */
  public void expectAtServer(int first, int count) throws IOException {
    for (int i = first; i < first + count; i++) {
      await(server);
      ByteBuffer got = ByteBuffer.allocate(LENGTH);
      assertThat(server.receive(got))
          .as("the client as the server sees it")
          .isEqualTo(clientAsSeen);
      assertThat(got.getInt(0)).as("the server's next datagram").isEqualTo(i);
    }
  }

  /** A datagram of this number goes each way, and arrives. */
  public void exchange(int number) throws IOException {
    request(number, 1);
    expectAtServer(number, 1);
    reply(number, 1);
    expectAtClient(number, 1);
  }

  private static void await(DatagramChannel channel) throws IOException {
    channel.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      channel.register(selector, SelectionKey.OP_READ);
      assertThat(selector.select(LIMIT.toMillis())).as("a datagram in time").isEqualTo(1);
    }
    channel.configureBlocking(true);
  }

  @Override
  public void close() throws IOException {
    client.close();
    server.close();
  }
}
