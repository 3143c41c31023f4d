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
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.jpasst.lab.VhostUserTraffic;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * All kinds of traffic with the kernel as a vhost-user guest that agrees to more or less of what it
 * is offered. The front-end ends when the back-end does what wasn't agreed upon.
 */
@LabTest
final class VhostUserKernelGuestIT {
  private static final long LENGTH = 64L << 20;
  private static final int PORT = 5001;
  private static final int MOST_DATAGRAM = 1452;
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration DATAGRAM = Duration.ofSeconds(5);

  @ParameterizedTest(name = "MTU {0}, {1}")
  @CsvSource({
    "1500, queue_size=256",
    "65520, queue_size=1024",
    "1500, event_idx=off",
    "1500, mrg_rxbuf=off",
    "65520, mrg_rxbuf=off event_idx=off queue_size=1024",
    "1500, host_uso=off guest_uso4=off guest_uso6=off",
    "1500, host_tso4=off guest_tso4=off",
    "1500, host_tso6=off guest_tso6=off",
    "1500, host_tso4=off host_tso6=off guest_tso4=off guest_tso6=off",
    "1500, csum=off",
    "1500, guest_csum=off",
    "65520, csum=off guest_csum=off",
    "1500, csum=off guest_csum=off mrg_rxbuf=off event_idx=off queue_size=64",
  })
  void carriesAllKindsOfTraffic(int mtu, String properties) throws Exception {
    String port = Integer.toString(PORT);
    try (Lab lab = Lab.open();
        BackEnd backEnd =
            BackEnd.start(lab, "--vhost-user", "--tcp-ports", port, "--udp-ports", port);
        TapGuest guest =
            TapGuest.connectVhostUser(lab, backEnd.socket(), mtu, List.of(properties.split(" ")))) {
      guest.configure("cubic");
      for (String remote : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
        assertThat(ping(lab.guest(), remote)).contains(" 0% packet loss");
        echoDatagrams(lab.guest(), remote, lab.remote());
        carry(lab.guest(), remote, lab.remote());
      }
      for (String host : List.of(Lab.HOST4, Lab.HOST6)) {
        echoDatagrams(lab.remote(), host, lab.guest());
        carry(lab.remote(), host, lab.guest());
      }
      VhostUserTraffic traffic = guest.vhostUserTraffic();
      System.out.printf("MTU %d, %s: %s%n", mtu, properties, traffic);
      assertThat(traffic.refused()).as("frames that the guest refused").isZero();
      assertThat(guest.droppedFrames()).as("frames dropped by the harness").isZero();
      if (BackEnd.isReal()) {
        // It offers no segmentation, and gives up segments that a socket's buffer has no room for.
        return;
      }
      assertUncut("sent", traffic.sent(), isOn(properties, "csum", "host_tso"));
      assertUncut("received", traffic.received(), isOn(properties, "guest_csum", "guest_tso"));
      assertThat(guest.retransmittedSegments())
          .as("segments sent again by the guest: %s", guest.retransmissionReasons())
          .isZero();
    }
  }

  private static boolean isOn(String properties, String checksum, String segmentation) {
    boolean noChecksum = Stream.of(properties.split(" ")).anyMatch((checksum + "=off")::equals);
    boolean noneUncut =
        properties.contains(segmentation + "4=off") && properties.contains(segmentation + "6=off");
    return !noChecksum && !noneUncut;
  }

  private static void assertUncut(String what, VhostUserTraffic.Frames frames, boolean some) {
    if (some) {
      assertThat(frames.uncut()).as("frames %s that are more than a packet", what).isPositive();
    } else {
      assertThat(frames.uncut()).as("frames %s that are more than a packet", what).isZero();
    }
  }

  /** A stream there and one back, on one connection. */
  private static void carry(NetworkNamespace from, String address, NetworkNamespace to)
      throws Exception {
    try (ServerSocketChannel server = TcpPair.listen(to, "::", PORT);
        TcpPair pair = TcpPair.connect(from, address, PORT, server)) {
      var stream = new TrafficStream(address.hashCode(), LENGTH);
      stream.carry(pair.client(), pair.server(), LIMIT);
      stream.carry(pair.server(), pair.client(), LIMIT);
    }
  }

  /** Datagrams of many sizes that are sent back by who receives them. */
  private static void echoDatagrams(NetworkNamespace from, String address, NetworkNamespace to)
      throws Exception {
    try (DatagramChannel server = bind(to, address, PORT);
        DatagramChannel client = bind(from, "::", 0)) {
      var random = new SplittableRandom(1);
      SocketAddress destination = new InetSocketAddress(InetAddress.getByName(address), PORT);
      for (int size = 0; size <= MOST_DATAGRAM; size += size < 64 ? 1 : 347) {
        byte[] datagram = new byte[size];
        random.nextBytes(datagram);
        client.send(ByteBuffer.wrap(datagram), destination);
        SocketAddress source = expect(server, datagram);
        server.send(ByteBuffer.wrap(datagram), source);
        assertThat(expect(client, datagram)).isEqualTo(destination);
      }
    }
  }

  private static DatagramChannel bind(NetworkNamespace namespace, String address, int port)
      throws IOException {
    DatagramChannel channel = namespace.call(DatagramChannel::open);
    channel.bind(new InetSocketAddress(address, port));
    channel.socket().setSoTimeout((int) DATAGRAM.toMillis());
    return channel;
  }

  private static SocketAddress expect(DatagramChannel channel, byte[] datagram) throws IOException {
    // The channel itself would wait without end.
    var packet = new DatagramPacket(new byte[2 * MOST_DATAGRAM], 2 * MOST_DATAGRAM);
    try {
      channel.socket().receive(packet);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("no datagram of %d bytes".formatted(datagram.length), e);
    }
    assertThat(Arrays.copyOf(packet.getData(), packet.getLength())).isEqualTo(datagram);
    return packet.getSocketAddress();
  }

  private static String ping(NetworkNamespace guest, String address) {
    return LabProcess.run(
        guest.inside(
            LabTree.testing().inside(List.of("ping", "-n", "-c", "3", "-i", "0.1", address))),
        LIMIT);
  }
}
