package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY4;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY6;
import static org.jpasst.proto.socket.LoopbackHost.GUEST4;
import static org.jpasst.proto.socket.LoopbackHost.GUEST6;
import static org.jpasst.proto.socket.LoopbackHost.datagram;

import java.io.IOException;
import java.net.DatagramPacket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.FailingSockets;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.Test;

/** What leaves by one system call arrives as the datagrams that the guest sent. */
final class UdpSenderTest {
  private static final int PORT = 40_000;

  private final Random random = new Random(11);

  /** Runs of datagrams of one size, with others between them, empty ones too. */
  private List<byte[]> mixed() {
    var payloads = new ArrayList<>(List.of(new byte[64], new byte[64]));
    int[] sizes = {0, 1, 64, 1400, 9000, 1400, 64};
    while (payloads.size() < 150) {
      int size = sizes[random.nextInt(sizes.length)];
      int run = 1 + random.nextInt(20);
      for (int i = 0; i < run; i++) {
        byte[] payload = new byte[size];
        random.nextBytes(payload);
        payloads.add(payload);
      }
    }
    return payloads;
  }

  private static void assertArrive(
      UdpGuest guest, Peer peer, IpAddress from, IpAddress to, List<byte[]> payloads)
      throws IOException {
    // In parts that any socket's receive buffer holds.
    for (int first = 0; first < payloads.size(); first += 10) {
      List<byte[]> part = payloads.subList(first, Math.min(first + 10, payloads.size()));
      part.forEach(each -> guest.show(datagram(from, PORT, to, peer.port(), each)));
      guest.endBatch();
      for (byte[] each : part) {
        DatagramPacket received = peer.receive();
        assertThat(Arrays.copyOf(received.getData(), received.getLength())).isEqualTo(each);
      }
    }
  }

  @Test
  void datagramsOfAnySizesArriveEachByItselfInOrder() throws IOException {
    try (var guest = new UdpGuest();
        Peer peer = new Peer("127.0.0.1")) {
      assertArrive(guest, peer, GUEST4, GATEWAY4, mixed());
    }
  }

  @Test
  void theyDoOverIpv6() throws IOException {
    try (var guest = new UdpGuest();
        Peer peer = new Peer("::1")) {
      assertArrive(guest, peer, GUEST6, GATEWAY6, mixed());
    }
  }

  @Test
  void whatTheKernelWillNotCutUpIsSentSingly() throws IOException {
    Sockets sockets = FailingSockets.failingOnce("sendmmsg", -Errno.EINVAL);
    try (var guest = new UdpGuest(new LoopbackHost(sockets));
        Peer peer = new Peer("127.0.0.1")) {
      assertArrive(guest, peer, GUEST4, GATEWAY4, mixed());
      assertThat(guest.host.counters.value(Counter.DROP_UDP_SEND)).isZero();
    }
  }

  /** Three frames that stand for 9, 2 and 5 datagrams, with single ones between them. */
  private void assertUncutArrive(UdpGuest guest, Peer peer) throws IOException {
    int[] sizes = {1000, 1400, 500};
    int[] lengths = {8_200, 2_800, 2_001};
    var expected = new ArrayList<byte[]>();
    for (int i = 0; i < sizes.length; i++) {
      byte[] payload = new byte[lengths[i]];
      random.nextBytes(payload);
      guest.showUncut(datagram(GUEST4, PORT, GATEWAY4, peer.port(), payload), sizes[i]);
      for (int at = 0; at < payload.length; at += sizes[i]) {
        expected.add(Arrays.copyOfRange(payload, at, Math.min(at + sizes[i], payload.length)));
      }
      byte[] single = {(byte) i};
      guest.show(datagram(GUEST4, PORT, GATEWAY4, peer.port(), single));
      expected.add(single);
    }
    guest.endBatch();
    for (byte[] each : expected) {
      DatagramPacket received = peer.receive();
      assertThat(Arrays.copyOf(received.getData(), received.getLength())).isEqualTo(each);
    }
  }

  @Test
  void whatTheGuestLeavesToUsIsCutUp() throws IOException {
    try (var guest = new UdpGuest();
        Peer peer = new Peer("127.0.0.1")) {
      assertUncutArrive(guest, peer);
    }
  }

  @Test
  void itIsCutUpWithoutTheKernelToo() throws IOException {
    Sockets sockets = FailingSockets.failingOnce("sendmmsg", -Errno.EINVAL);
    try (var guest = new UdpGuest(new LoopbackHost(sockets));
        Peer peer = new Peer("127.0.0.1")) {
      assertUncutArrive(guest, peer);
      assertUncutArrive(guest, peer);
      assertThat(guest.host.counters.value(Counter.DROP_UDP_SEND)).isZero();
    }
  }
}
