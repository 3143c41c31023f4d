package org.jpasst.demo;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The resolver of a demonstration in a network namespace of its own, from where the host's is not
 * to be reached: whatever it is asked for is 127.0.0.1.
 */
final class NameServer implements AutoCloseable {
  private static final int LONGEST = 512;
  private static final int COMPRESSED_NAME = 0xc000 | DnsClient.HEADER;
  private static final int RECORD = 16;
  private static final int LOOPBACK = 0x7f00_0001;

  private final DatagramSocket socket;

  private NameServer(DatagramSocket socket) {
    this.socket = socket;
  }

  /** Answers at this address from now on. */
  static NameServer start(String address) throws IOException {
    var at = new InetSocketAddress(InetAddress.getByName(address), DnsClient.PORT);
    var server = new NameServer(new DatagramSocket(at));
    Thread.ofPlatform().daemon().name("name server").start(server::serve);
    return server;
  }

  @Override
  public void close() {
    socket.close();
  }

  private void serve() {
    var datagram = new DatagramPacket(new byte[LONGEST], LONGEST);
    while (!socket.isClosed()) {
      try {
        datagram.setData(new byte[LONGEST]);
        socket.receive(datagram);
        if (datagram.getLength() > DnsClient.HEADER) {
          byte[] answer = answer(Arrays.copyOf(datagram.getData(), datagram.getLength()));
          socket.send(new DatagramPacket(answer, answer.length, datagram.getSocketAddress()));
        }
      } catch (IOException e) {
        // One that could not be answered is lost, or the server was closed.
      }
    }
  }

  private static byte[] answer(byte[] question) {
    ByteBuffer message = ByteBuffer.wrap(Arrays.copyOf(question, question.length + RECORD));
    message.putShort(2, (short) (DnsClient.RESPONSE | DnsClient.RECURSION_DESIRED));
    message.putShort(6, (short) 1);
    message.position(question.length).putShort((short) COMPRESSED_NAME);
    message.putShort((short) DnsClient.TYPE_A).putShort((short) DnsClient.CLASS_IN).putInt(0);
    message.putShort((short) Integer.BYTES).putInt(LOOPBACK);
    return message.array();
  }
}
