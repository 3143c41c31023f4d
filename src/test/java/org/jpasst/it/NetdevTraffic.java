package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jpasst.lab.GuestConsole;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.TcpPair;

/** What a guest of {@link QemuNetdevIT} and the programs outside say to each other. */
final class NetdevTraffic {
  /** Where those outside listen. */
  static final int PORT = 6000;

  private static final Duration SOON = Duration.ofSeconds(30);

  private NetdevTraffic() {}

  /** A name as DNS messages have it (RFC 1035 section 3.1), in hexadecimal. */
  static String encoded(String name) {
    var encoded = new StringBuilder();
    for (String label : name.split("\\.")) {
      encoded.append("%02x".formatted(label.length()));
      label.chars().forEach(each -> encoded.append("%02x".formatted(each)));
    }
    return encoded.append("00").toString();
  }

  /** The guest connects, both ends send a line; answers who the server saw. */
  static String peerOfConnection(
      NetworkNamespace namespace, String listening, QemuGuest guest, String target)
      throws IOException {
    GuestConsole console = guest.console();
    try (ServerSocketChannel server = TcpPair.listen(namespace, listening, PORT)) {
      console.run("echo request | nc -N " + target + " " + PORT + " >/tmp/answer & nc=$!");
      try (Socket accepted = server.accept().socket()) {
        assertThat(read(accepted)).isEqualTo("request\n");
        accepted.getOutputStream().write("answer\n".getBytes(StandardCharsets.US_ASCII));
        accepted.shutdownOutput();
        assertThat(console.run("wait $nc; cat /tmp/answer")).isEqualTo("answer");
        return accepted.getInetAddress().getHostAddress();
      }
    }
  }

  static String address(String text) throws IOException {
    return InetAddress.getByName(text).getHostAddress();
  }

  static DatagramSocket bind(NetworkNamespace namespace, String address, int port)
      throws IOException {
    DatagramSocket socket = namespace.call(DatagramChannel::open).socket();
    socket.setSoTimeout((int) SOON.toMillis());
    socket.bind(new InetSocketAddress(InetAddress.getByName(address), port));
    return socket;
  }

  static DatagramPacket datagram(String text, SocketAddress to) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return new DatagramPacket(bytes, bytes.length, to);
  }

  static String text(DatagramPacket packet) {
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII);
  }

  static String read(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }
}
