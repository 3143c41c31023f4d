package org.jpasst.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Both ends of one TCP connection, each in the namespace it belongs to; both block.
 *
 * @param client the end that connected
 * @param server the end that was accepted
 */
public record TcpPair(SocketChannel client, SocketChannel server) implements AutoCloseable {
  /** Waiting connections that a listener takes before it is asked to accept them. */
  private static final int BACKLOG = 1024;

  /** Listens in a namespace. */
  public static ServerSocketChannel listen(NetworkNamespace namespace, String address, int port)
      throws IOException {
    ServerSocketChannel server = namespace.call(ServerSocketChannel::open);
    return server.bind(new InetSocketAddress(InetAddress.getByName(address), port), BACKLOG);
  }

  /** Connects from a namespace to an address, without waiting for anybody to accept. */
  public static SocketChannel connect(NetworkNamespace namespace, String address, int port)
      throws IOException {
    SocketChannel client = namespace.call(SocketChannel::open);
    try {
      client.connect(new InetSocketAddress(InetAddress.getByName(address), port));
      return client;
    } catch (IOException e) {
      client.close();
      throw e;
    }
  }

  /**
   * Connects from a namespace to an address, and accepts the connection.
   *
   * @param server where the connection is expected to come out
   */
  public static TcpPair connect(
      NetworkNamespace namespace, String address, int port, ServerSocketChannel server)
      throws IOException {
    return new TcpPair(connect(namespace, address, port), server.accept());
  }

  /** Sends one byte each way, and checks that it arrives. */
  public void exchange(byte value) throws IOException {
    carry(client, server, value);
    carry(server, client, value);
  }

  @Override
  public void close() throws IOException {
    client.close();
    server.close();
  }

  private static void carry(SocketChannel from, SocketChannel to, byte value) throws IOException {
    from.write(ByteBuffer.wrap(new byte[] {value}));
    ByteBuffer received = ByteBuffer.allocate(2);
    if (to.read(received) != 1 || received.get(0) != value) {
      throw new AssertionError("sent " + value + ", received " + received);
    }
  }
}
