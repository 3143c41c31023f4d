package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY4;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY6;
import static org.jpasst.proto.socket.LoopbackHost.GUEST4;
import static org.jpasst.proto.socket.LoopbackHost.datagram;

import java.io.File;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jpasst.config.UdpFiltering;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose datagrams reach a port that the guest sends from (RFC 4787 section 5). */
final class UdpFilteringTest {
  private static final int PORT = 40_123;

  private UdpGuest guest;

  private void start(UdpFiltering filtering) throws IOException {
    guest = new UdpGuest(new LoopbackHost(filtering));
  }

  @AfterEach
  void end() {
    guest.close();
  }

  /** The guest sends to a peer, who learns where from. */
  private static DatagramPacket greet(UdpGuest guest, Peer peer) throws IOException {
    guest.send4(PORT, peer.port(), "hello");
    return peer.receive();
  }

  private boolean isHeard(Peer stranger, DatagramPacket greeting) throws IOException {
    int before = guest.host.sink.frames().size();
    stranger.answer(greeting, "from elsewhere");
    guest.host.settle();
    return guest.host.sink.frames().size() > before;
  }

  @ParameterizedTest
  @EnumSource(UdpFiltering.class)
  void anotherPortIsHeardUnlessPortsMatter(UdpFiltering filtering) throws IOException {
    start(filtering);
    try (Peer server = new Peer("127.0.0.1");
        Peer other = new Peer("127.0.0.1")) {
      boolean heard = isHeard(other, greet(guest, server));
      assertThat(heard).isEqualTo(filtering != UdpFiltering.ADDRESS_AND_PORT_DEPENDENT);
    }
  }

  @ParameterizedTest
  @EnumSource(UdpFiltering.class)
  void anotherAddressIsHeardOnlyIfEndpointsDoNotMatter(UdpFiltering filtering) throws IOException {
    start(filtering);
    try (Peer server = new Peer("127.0.0.1");
        Peer other = new Peer("127.0.0.9")) {
      boolean heard = isHeard(other, greet(guest, server));
      assertThat(heard).isEqualTo(filtering == UdpFiltering.ENDPOINT_INDEPENDENT);
      boolean counted = guest.host.counters.value(Counter.DROP_UDP_STRAY) > 0;
      assertThat(counted).isEqualTo(filtering == UdpFiltering.ADDRESS_DEPENDENT);
    }
  }

  /** As TFTP has it: RFC 1350 section 4. */
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void aSessionGoesOnWithTheOtherPort(String address) throws IOException {
    start(UdpFiltering.ADDRESS_DEPENDENT);
    boolean ipv4 = address.equals("127.0.0.1");
    try (Peer server = new Peer(address);
        Peer session = new Peer(address)) {
      send(ipv4, server.port(), "read request");
      DatagramPacket request = server.receive();
      for (int block = 1; block < 10; block++) {
        session.answer(request, "block " + block);
        Frame data = guest.host.frame();
        assertThat(UdpGuest.text(data)).isEqualTo("block " + block);
        IpAddress gateway = ipv4 ? GATEWAY4 : GATEWAY6;
        assertThat(data.source()).isEqualTo(InetAddress.getByName(gateway.toString()));
        assertThat(data.sourcePort()).isEqualTo(session.port());
        assertThat(data.destinationPort()).isEqualTo(PORT);
        send(ipv4, session.port(), "ack " + block);
        DatagramPacket ack = session.receive();
        assertThat(Peer.text(ack)).isEqualTo("ack " + block);
        assertThat(ack.getPort()).isEqualTo(request.getPort());
      }
      assertThat(guest.udp.flowCount()).isEqualTo(2);
    }
  }

  private void send(boolean ipv4, int port, String text) {
    if (ipv4) {
      guest.send4(PORT, port, text);
    } else {
      guest.send6(PORT, port, text);
    }
  }

  @Test
  void nobodyIsHeardOnceTheGuestHasSentNothingForTooLong() throws IOException {
    start(UdpFiltering.ENDPOINT_INDEPENDENT);
    // The runtime keeps one from the first close on.
    new Peer("127.0.0.1").close();
    long before = sockets();
    try (Peer server = new Peer("127.0.0.1");
        Peer other = new Peer("127.0.0.1")) {
      DatagramPacket greeting = greet(guest, server);
      assertThat(isHeard(other, greeting)).isTrue();
      // The other one goes on for a while, which doesn't keep the port.
      tickAfter(20);
      assertThat(isHeard(other, greeting)).isTrue();
      tickAfter(20);
      assertThat(isHeard(other, greeting)).isTrue();
      try (Peer third = new Peer("127.0.0.1")) {
        assertThat(isHeard(third, greeting)).isFalse();
      }
      tickAfter(40);
      assertThat(guest.udp.flowCount()).isZero();
      assertThat(isHeard(other, greeting)).isFalse();
    }
    assertThat(sockets()).isEqualTo(before);
  }

  @Test
  void aForwardedPortIsForwardedByItsRule() throws IOException {
    start(UdpFiltering.ENDPOINT_INDEPENDENT);
    try (Peer server = new Peer("127.0.0.1");
        Peer early = new Peer("127.0.0.1");
        Peer late = new Peer("127.0.0.1")) {
      DatagramPacket greeting = greet(guest, server);
      assertThat(isHeard(early, greeting)).isTrue();
      guest.host.sink.clear();
      assertThat(guest.listen(UdpGuest.rule(PORT, 77, Optional.empty()))).isEmpty();
      late.answer(greeting, "to the rule's port");
      assertThat(guest.host.frame().destinationPort()).isEqualTo(77);
      early.answer(greeting, "as before");
      assertThat(guest.host.frame().destinationPort()).isEqualTo(PORT);
      guest.stopListening();
      tickAfter(200);
      assertThat(guest.udp.flowCount()).isZero();
    }
  }

  @Test
  void ofTwoGuestsWithOnePortTheFirstIsHeardByOthers() throws IOException {
    start(UdpFiltering.ENDPOINT_INDEPENDENT);
    IpAddress second = IpAddress.parse("192.0.2.16").orElseThrow();
    try (Peer one = new Peer("127.0.0.1");
        Peer two = new Peer("127.0.0.1");
        Peer other = new Peer("127.0.0.1")) {
      DatagramPacket greeting = greet(guest, one);
      guest.send(datagram(second, PORT, GATEWAY4, two.port(), UdpGuest.bytes("hello")));
      assertThat(two.receive().getPort()).isEqualTo(greeting.getPort());
      other.answer(greeting, "for the first");
      Frame frame = guest.host.frame();
      assertThat(frame.destination().getHostAddress()).isEqualTo(GUEST4.toString());
    }
  }

  @Test
  void aPortMovesWithItsFlows() throws IOException {
    start(UdpFiltering.ADDRESS_DEPENDENT);
    try (Peer server = new Peer("127.0.0.1");
        Peer session = new Peer("127.0.0.1");
        Peer other = new Peer("127.0.0.1")) {
      DatagramPacket greeting = greet(guest, server);
      assertThat(isHeard(session, greeting)).isTrue();
      guest.send4(PORT, session.port(), "ack");
      session.receive();
      guest.host.sink.setRoom(0);
      other.answer(greeting, "waits");
      List<UdpSnapshot> flows = guest.udp.migration().save(guest.host.now());
      guest.udp.migration().forget();
      assertThat(flows).hasSize(3);
      guest.host.sink.clear();
      UdpFiltering same = UdpFiltering.ADDRESS_DEPENDENT;
      try (UdpGuest elsewhere = new UdpGuest(new LoopbackHost(same))) {
        for (UdpSnapshot each : flows) {
          assertThat(elsewhere.udp.migration().restore(each, elsewhere.host.now())).isTrue();
        }
        elsewhere.udp.onRoom(elsewhere.host.now());
        assertThat(UdpGuest.text(elsewhere.host.frame())).isEqualTo("waits");
        session.answer(greeting, "next");
        assertThat(UdpGuest.text(elsewhere.host.frame())).isEqualTo("next");
        try (Peer third = new Peer("127.0.0.1")) {
          third.answer(greeting, "new");
          assertThat(UdpGuest.text(elsewhere.host.frame())).isEqualTo("new");
        }
      }
      guest.host.sink.setRoom(Integer.MAX_VALUE);
    }
  }

  private void tickAfter(int seconds) {
    guest.host.advance(seconds, TimeUnit.SECONDS);
    guest.udp.onTick(guest.host.now());
    guest.host.settle();
  }

  /** How many sockets this process has; the runtime may open files at any time. */
  private static long sockets() {
    return Stream.of(Objects.requireNonNull(new File("/proc/self/fd").listFiles()))
        .filter(UdpFilteringTest::isSocket)
        .count();
  }

  private static boolean isSocket(File descriptor) {
    try {
      return Files.readSymbolicLink(descriptor.toPath()).toString().startsWith("socket:");
    } catch (IOException e) {
      return false; // it was that of the directory
    }
  }
}
