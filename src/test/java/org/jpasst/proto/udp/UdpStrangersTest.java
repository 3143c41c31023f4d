package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.log.Log;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What peers that nobody asked send to a forwarded port. */
final class UdpStrangersTest {
  /** What {@link DescriptorReserve} keeps back. */
  private static final int RESERVED = 32;

  private static final int TARGET = 7;

  /** A quarter of the descriptors that flows may have. */
  private int most;

  private UdpGuest guest;
  private int port;
  private long before;

  @BeforeEach
  void start() throws IOException {
    // The runtime keeps one from the first close on.
    new Peer("127.0.0.1").close();
    before = sockets();
    // Beside the guest's there are the descriptors of this test and, in lower numbers, of others in
    // this process: the limit itself isn't reached.
    most = 128 + Objects.requireNonNull(new File("/proc/self/fd").list()).length;
    int limit = 4 * most + RESERVED;
    guest =
        new UdpGuest(
            new LoopbackHost(new LinuxSockets()), new DescriptorReserve(limit, Log.none()));
    try (Peer free = new Peer("127.0.0.1")) {
      port = free.port();
    }
    assertThat(guest.listen(UdpGuest.rule(port, TARGET, Optional.empty()))).isEmpty();
  }

  @AfterEach
  void end() {
    guest.stopListening();
    guest.close();
    assertThat(sockets()).isEqualTo(before);
  }

  /** How many sockets this process has; the runtime may open files at any time. */
  private static long sockets() {
    return Stream.of(Objects.requireNonNull(new File("/proc/self/fd").listFiles()))
        .filter(UdpStrangersTest::isSocket)
        .count();
  }

  private static boolean isSocket(File descriptor) {
    try {
      return Files.readSymbolicLink(descriptor.toPath()).toString().startsWith("socket:");
    } catch (IOException e) {
      return false; // it was that of the directory
    }
  }

  private InetSocketAddress forwarded() throws IOException {
    return new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port);
  }

  /** One datagram of each of many senders. */
  private void flood(int senders) throws IOException {
    for (int i = 0; i < senders; i++) {
      try (var sender = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
        sender.send(new DatagramPacket(new byte[] {1}, 1, forwarded()));
      }
      if (i % 16 == 0) {
        guest.host.settle();
      }
    }
    guest.host.settle();
  }

  @Test
  void aFloodLeavesRoomForTheGuestAndForThoseItHasAnswered() throws IOException {
    try (Peer friend = new Peer("127.0.0.1");
        Peer server = new Peer("127.0.0.1")) {
      friend.send("hello", forwarded().getAddress(), port);
      Frame hello = guest.host.frame();
      guest.send4(TARGET, hello.sourcePort(), "welcome");
      assertThat(friend.receiveText()).isEqualTo("welcome");

      // Some have the same port as one before.
      flood(5 * most);
      assertThat(guest.udp.flowCount()).isEqualTo(1 + most);
      assertThat(guest.host.counters.value(Counter.UDP_STRANGERS_CLOSED))
          .isBetween((long) most, 4L * most);
      assertThat(guest.host.counters.value(Counter.DROP_NO_SOCKET)).isZero();

      guest.host.sink.clear();
      friend.send("still here", forwarded().getAddress(), port);
      assertThat(UdpGuest.text(guest.host.frame())).isEqualTo("still here");
      guest.send4(40_000, server.port(), "question");
      assertThat(server.receiveText()).isEqualTo("question");
      guest.host.advance(31, TimeUnit.SECONDS);
      guest.udp.onTick(guest.host.now());
      assertThat(guest.udp.flowCount()).isOne();
    }
  }

  @Test
  void whoIsAnsweredIsNoStrangerAnyMore() throws IOException {
    List<Peer> peers = new ArrayList<>();
    try {
      for (int i = 0; i < most + 16; i++) {
        Peer peer = new Peer("127.0.0.1");
        peers.add(peer);
        peer.send("hello", forwarded().getAddress(), port);
        guest.host.frame();
      }
      for (Peer each : peers.subList(16, 80)) {
        guest.send4(TARGET, each.port(), "welcome");
        assertThat(each.receiveText()).isEqualTo("welcome");
      }
      flood(2 * most);
      assertThat(guest.udp.flowCount()).isEqualTo(64 + most);
    } finally {
      peers.forEach(Peer::close);
    }
  }

  @Test
  void emptyDatagramsAndTheLongestDoNoHarm() throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      peer.send("", forwarded().getAddress(), port);
      assertThat(guest.host.frame().payload()).isEmpty();
      peer.send("x".repeat(65_507), forwarded().getAddress(), port);
      peer.send("after", forwarded().getAddress(), port);
      for (int fragment = 0; fragment < 45; fragment++) {
        assertThat(guest.host.frame().length()).isLessThanOrEqualTo(1514);
      }
      assertThat(UdpGuest.text(guest.host.frame())).isEqualTo("after");
      assertThat(guest.udp.flowCount()).isOne();
      assertThat(guest.host.sink.isLending()).isFalse();
    }
  }

  @Test
  void peersThatAnswerWithErrorsLeaveNothing() throws IOException {
    for (int i = 0; i < most; i++) {
      int from;
      try (Peer peer = new Peer("127.0.0.1")) {
        from = peer.port();
        peer.send("hello", forwarded().getAddress(), port);
        guest.host.frame();
      }
      // The peer's port is closed: what the guest sends is refused, which it is told.
      guest.send4(TARGET, from, "welcome");
      assertThat(guest.host.frame().protocol()).isEqualTo(Frame.ICMP);
      guest.host.settle();
      assertThat(guest.host.loop.turn(0)).isZero();
      guest.host.advance(2, TimeUnit.MILLISECONDS); // what it is told has a rate, see AnswerLimit
    }
    guest.host.advance(121, TimeUnit.SECONDS);
    guest.udp.onTick(guest.host.now());
    assertThat(guest.udp.flowCount()).isZero();
    assertThat(guest.stack.flows().size()).isZero();
    assertThat(guest.host.counters.value(Counter.LOOP_FAILURES)).isZero();
  }
}
