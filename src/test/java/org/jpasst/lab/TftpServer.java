package org.jpasst.lab;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;

/** Serves one file by TFTP, as servers do: each transfer from a port of its own (RFC 1350). */
public final class TftpServer implements AutoCloseable {
  private static final int PORT = 69;
  private static final int BLOCK = 512;
  private static final int READ_REQUEST = 1;
  private static final int DATA = 3;
  private static final int ACKNOWLEDGMENT = 4;
  private static final int PATIENCE = 20_000;

  private final NetworkNamespace namespace;
  private final String address;
  private final byte[] file;
  private final DatagramSocket requests;

  private TftpServer(NetworkNamespace namespace, String address, byte[] file) {
    this.namespace = namespace;
    this.address = address;
    this.file = file.clone();
    requests = socket(PORT);
  }

  /** Listens at an address of a namespace, and serves until it is closed. */
  public static TftpServer start(NetworkNamespace namespace, String address, byte[] file) {
    TftpServer server = new TftpServer(namespace, address, file);
    Thread.ofPlatform().daemon().name("tftp").start(server::serve);
    return server;
  }

  private DatagramSocket socket(int port) {
    return namespace.call(() -> new DatagramSocket(new InetSocketAddress(address, port)));
  }

  private void serve() {
    var request = new DatagramPacket(new byte[BLOCK], BLOCK);
    while (!requests.isClosed()) {
      try {
        requests.receive(request);
        if (request.getData()[1] == READ_REQUEST) {
          transfer(request.getSocketAddress());
        }
      } catch (IOException e) {
        // The client is gone, or this is the end.
      }
    }
  }

  private void transfer(SocketAddress client) throws IOException {
    try (DatagramSocket own = socket(0)) {
      own.setSoTimeout(PATIENCE);
      for (int at = 0, block = 1; at <= file.length; at += BLOCK, block++) {
        byte[] part = Arrays.copyOfRange(file, at, Math.min(at + BLOCK, file.length));
        byte[] data = new byte[4 + part.length];
        data[1] = DATA;
        data[2] = (byte) (block >> 8);
        data[3] = (byte) block;
        System.arraycopy(part, 0, data, 4, part.length);
        own.send(new DatagramPacket(data, data.length, client));
        awaitAcknowledgment(own, block);
      }
    }
  }

  /** A client that has waited repeats the one before, to which there is no answer (RFC 1123). */
  private static void awaitAcknowledgment(DatagramSocket own, int block) throws IOException {
    var answer = new DatagramPacket(new byte[BLOCK], BLOCK);
    do {
      own.receive(answer);
    } while (answer.getData()[1] != ACKNOWLEDGMENT || answer.getData()[3] != (byte) block);
  }

  @Override
  public void close() {
    requests.close();
  }
}
