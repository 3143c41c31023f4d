package org.jpasst.demo;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Has {@link Conversation}s over TCP and sends datagrams back, on the host's loopback. */
final class TrainingServer implements AutoCloseable {
  private static final int BACKLOG = 4;
  private static final int LONGEST_DATAGRAM = 65_535;

  private final ServerSocket listener;
  private final DatagramSocket datagrams;

  private TrainingServer(ServerSocket listener, DatagramSocket datagrams) {
    this.listener = listener;
    this.datagrams = datagrams;
  }

  /**
   * Starts to serve.
   *
   * @throws IOException if the host does not have the address
   */
  static TrainingServer start(InetAddress loopback) throws IOException {
    var listener = new ServerSocket(0, BACKLOG, loopback);
    DatagramSocket datagrams;
    try {
      datagrams = new DatagramSocket(new InetSocketAddress(loopback, 0));
    } catch (IOException e) {
      listener.close();
      throw e;
    }
    var server = new TrainingServer(listener, datagrams);
    Thread.ofPlatform().daemon().name("training server, TCP").start(server::converse);
    Thread.ofPlatform().daemon().name("training server, UDP").start(server::echo);
    return server;
  }

  int tcpPort() {
    return listener.getLocalPort();
  }

  int udpPort() {
    return datagrams.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    datagrams.close();
    listener.close();
  }

  private void converse() {
    while (!listener.isClosed()) {
      try (Socket client = listener.accept()) {
        client.setTcpNoDelay(true);
        InputStream from = new BufferedInputStream(client.getInputStream());
        Conversation.answer(from, client.getOutputStream());
        client.shutdownOutput();
        from.readAllBytes();
      } catch (IOException e) {
        // The client is gone, or the server was closed: the loop's condition tells which.
      }
    }
  }

  private void echo() {
    var datagram = new DatagramPacket(new byte[LONGEST_DATAGRAM], LONGEST_DATAGRAM);
    while (!datagrams.isClosed()) {
      try {
        datagram.setLength(LONGEST_DATAGRAM);
        datagrams.receive(datagram);
        datagrams.send(datagram);
      } catch (IOException e) {
        // One that could not be sent back is lost, or the server was closed.
      }
    }
  }
}
