package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;

/** Traffic of all kinds between the kernel as guest and the remote, both ways. */
final class KernelTraffic {
  /** What is forwarded to the guest, of TCP and UDP. */
  static final int PORT = 5001;

  /** The longest datagram over IPv6 in an MTU of 1500. */
  static final int MAX_DATAGRAM = 1452;

  private static final long LENGTH = 64L << 20;

  /** Of each of some that share the link. */
  private static final long SHARE = 1L << 20;

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration DATAGRAM = Duration.ofSeconds(5);

  private KernelTraffic() {}

  /** Pings, datagrams and streams, over IPv4 and IPv6. */
  static void carryAll(Lab lab) throws Exception {
    for (String remote : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
      assertThat(ping(lab.guest(), remote, "-c", "3", "-i", "0.1")).contains(" 0% packet loss");
      echoDatagrams(lab.guest(), remote, lab.remote());
      carry(lab.guest(), remote, lab.remote());
    }
    for (String host : List.of(Lab.HOST4, Lab.HOST6)) {
      echoDatagrams(lab.remote(), host, lab.guest());
      carry(lab.remote(), host, lab.guest());
    }
  }

  /**
   * The same out only, of one among others that do so at the same time.
   *
   * @param from who behind the guest's link
   * @param port the remote's for it alone
   */
  static void carryOut(Lab lab, NetworkNamespace from, int port) throws Exception {
    for (String remote : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
      // One at a time: after the last of several, ping waits as long as the answers before took.
      assertThat(ping(from, remote, "-c", "1", "-W", "20")).contains(" 0% packet loss");
      echoDatagrams(from, remote, lab.remote(), port);
      carry(from, remote, lab.remote(), port, SHARE);
    }
  }

  private static void carry(NetworkNamespace from, String address, NetworkNamespace to)
      throws Exception {
    carry(from, address, to, PORT, LENGTH);
  }

  /** A stream there and one back, on one connection. */
  private static void carry(
      NetworkNamespace from, String address, NetworkNamespace to, int port, long length)
      throws Exception {
    try (ServerSocketChannel server = TcpPair.listen(to, "::", port);
        TcpPair pair = TcpPair.connect(from, address, port, server)) {
      var stream = new TrafficStream(address.hashCode(), length);
      stream.carry(pair.client(), pair.server(), LIMIT);
      stream.carry(pair.server(), pair.client(), LIMIT);
    }
  }

  private static void echoDatagrams(NetworkNamespace from, String address, NetworkNamespace to)
      throws Exception {
    echoDatagrams(from, address, to, PORT);
  }

  /** Datagrams of many sizes that are sent back by who receives them. */
  private static void echoDatagrams(
      NetworkNamespace from, String address, NetworkNamespace to, int port) throws Exception {
    try (DatagramChannel server = bind(to, address, port);
        DatagramChannel client = bind(from, "::", 0)) {
      var random = new SplittableRandom(1);
      SocketAddress destination = new InetSocketAddress(InetAddress.getByName(address), port);
      for (int size = 0; size <= MAX_DATAGRAM; size += size < 64 ? 1 : 347) {
        byte[] datagram = new byte[size];
        random.nextBytes(datagram);
        client.send(ByteBuffer.wrap(datagram), destination);
        SocketAddress source = expect(server, datagram);
        server.send(ByteBuffer.wrap(datagram), source);
        assertThat(expect(client, datagram)).isEqualTo(destination);
      }
    }
  }

  /** A socket that waits 5 s at most. */
  static DatagramChannel bind(NetworkNamespace namespace, String address, int port)
      throws IOException {
    DatagramChannel channel = namespace.call(DatagramChannel::open);
    channel.bind(new InetSocketAddress(address, port));
    channel.socket().setSoTimeout((int) DATAGRAM.toMillis());
    return channel;
  }

  /** Receives a datagram, which has to be this one, and tells where it is from. */
  static SocketAddress expect(DatagramChannel channel, byte[] datagram) throws IOException {
    // The channel itself would wait without end.
    var packet = new DatagramPacket(new byte[2 * MAX_DATAGRAM], 2 * MAX_DATAGRAM);
    try {
      channel.socket().receive(packet);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("no datagram of %d bytes".formatted(datagram.length), e);
    }
    assertThat(Arrays.copyOf(packet.getData(), packet.getLength())).isEqualTo(datagram);
    return packet.getSocketAddress();
  }

  private static String ping(NetworkNamespace guest, String address, String... options) {
    var command = new ArrayList<>(List.of("ping", "-n", address));
    command.addAll(List.of(options));
    return LabProcess.run(guest.inside(LabTree.testing().inside(command)), LIMIT);
  }
}
