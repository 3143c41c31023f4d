package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY4;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY6;
import static org.jpasst.proto.socket.LoopbackHost.GUEST4;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Optional;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ports of the host that are forwarded to the guest. */
final class UdpForwardTest {
  private UdpGuest guest;

  @BeforeEach
  void start() throws IOException {
    guest = new UdpGuest();
  }

  @AfterEach
  void end() {
    guest.close();
  }

  @Test
  void aForwardedPortReachesTheGuestAndBack() throws IOException {
    int port = Peer.closedPort("127.0.0.1");
    assertThat(guest.listen(UdpGuest.rule(port, 53, Optional.empty()))).isEmpty();
    try (Peer four = new Peer("127.0.0.1");
        Peer six = new Peer("::1")) {
      four.send("hello", InetAddress.getByName("127.0.0.1"), port);
      Frame hello = guest.host.frame();
      six.send("hello", InetAddress.getByName("::1"), port);
      Frame hello6 = guest.host.frame();
      assertThat(hello.source().getHostAddress()).isEqualTo(GATEWAY4.toString());
      assertThat(hello.sourcePort()).isEqualTo(four.port());
      assertThat(hello.destination().getHostAddress()).isEqualTo(GUEST4.toString());
      assertThat(hello.destinationPort()).isEqualTo(53);
      assertThat(hello6.source()).isEqualTo(InetAddress.getByName(GATEWAY6.toString()));
      guest.send4(53, four.port(), "well");
      guest.send6(53, six.port(), "come");
      DatagramPacket answer = four.receive();
      assertThat(Peer.text(answer)).isEqualTo("well");
      assertThat(answer.getPort()).isEqualTo(port);
      assertThat(six.receiveText()).isEqualTo("come");
      four.send("more", InetAddress.getByName("127.0.0.1"), port);
      assertThat(UdpGuest.text(guest.host.frame())).isEqualTo("more");
      assertThat(guest.udp.flowCount()).isEqualTo(2);
    }
    guest.stopListening();
  }

  @Test
  void aFlowOutlivesItsRuleAndThePortIsHadAgain() throws IOException {
    int port = Peer.closedPort("127.0.0.1");
    assertThat(guest.listen(UdpGuest.rule(port, 53, Optional.empty()))).isEmpty();
    try (Peer peer = new Peer("127.0.0.1");
        Peer another = new Peer("127.0.0.1")) {
      peer.send("hello", InetAddress.getByName("127.0.0.1"), port);
      guest.host.frame();
      guest.stopListening();
      guest.send4(53, peer.port(), "still");
      assertThat(peer.receiveText()).isEqualTo("still");
      peer.send("here", InetAddress.getByName("127.0.0.1"), port);
      assertThat(UdpGuest.text(guest.host.frame())).isEqualTo("here");

      assertThat(guest.listen(UdpGuest.rule(port, 54, Optional.empty()))).isEmpty();
      another.send("new", InetAddress.getByName("127.0.0.1"), port);
      assertThat(guest.host.frame().destinationPort()).isEqualTo(54);
      assertThat(guest.listen(UdpGuest.rule(port, 55, Optional.empty()))).isEmpty();
      peer.send("old", InetAddress.getByName("127.0.0.1"), port);
      assertThat(guest.host.frame().destinationPort()).isEqualTo(53);
      assertThat(guest.udp.flowCount()).isEqualTo(2);
    }
  }

  @Test
  void answersComeFromTheAddressThatWasAsked() throws IOException {
    int port = Peer.closedPort("127.0.0.5");
    guest.listen(UdpGuest.rule(port, port, Optional.empty()));
    try (Peer peer = new Peer("127.0.0.1")) {
      peer.send("hello", InetAddress.getByName("127.0.0.5"), port);
      guest.host.frame();
      guest.send4(port, peer.port(), "answer");
      assertThat(peer.receive().getAddress()).isEqualTo(InetAddress.getByName("127.0.0.5"));
    }
  }

  @Test
  void manyPeersAtOnceGetFlowsOfTheirOwn() throws IOException {
    int port = Peer.closedPort("127.0.0.1");
    guest.listen(UdpGuest.rule(port, port, Optional.empty()));
    var peers = new Peer[40];
    try {
      for (int i = 0; i < peers.length; i++) {
        peers[i] = new Peer("127.0.0.1");
      }
      for (int round = 0; round < 3; round++) {
        for (Peer peer : peers) {
          peer.send("" + round, InetAddress.getByName("127.0.0.1"), port);
        }
      }
      int[] rounds = new int[65536];
      for (int i = 0; i < 3 * peers.length; i++) {
        Frame frame = guest.host.frame();
        assertThat(UdpGuest.text(frame)).isEqualTo("" + rounds[frame.sourcePort()]++);
      }
      assertThat(guest.udp.flowCount()).isEqualTo(peers.length);
      for (Peer peer : peers) {
        guest.send4(port, peer.port(), "for " + peer.port());
        assertThat(peer.receiveText()).isEqualTo("for " + peer.port());
      }
    } finally {
      for (Peer peer : peers) {
        peer.close();
      }
    }
  }

  @Test
  void peersTheGuestCannotTellApartGetDifferentPorts() throws IOException {
    int port = Peer.closedPort("127.0.0.1");
    guest.listen(UdpGuest.rule(port, port, Optional.empty()));
    try (Peer one = new Peer("127.0.0.8");
        var two = new DatagramSocket(one.port(), InetAddress.getByName("127.0.0.9"))) {
      two.setSoTimeout(5000);
      one.send("one", InetAddress.getByName("127.0.0.1"), port);
      Frame first = guest.host.frame();
      two.send(
          new DatagramPacket(UdpGuest.bytes("two"), 3, InetAddress.getByName("127.0.0.1"), port));
      Frame second = guest.host.frame();
      assertThat(second.source()).isEqualTo(first.source());
      assertThat(second.sourcePort()).isNotEqualTo(first.sourcePort());
      guest.send4(port, second.sourcePort(), "for two");
      var answer = new DatagramPacket(new byte[100], 100);
      two.receive(answer);
      assertThat(Peer.text(answer)).isEqualTo("for two");
    }
  }

  @Test
  void datagramsForAnUnconnectedGuestWaitAtTheListener() throws IOException {
    int port = Peer.closedPort("127.0.0.1");
    guest.listen(UdpGuest.rule(port, port, Optional.empty()));
    guest.host.sink.setRoom(0);
    try (Peer peer = new Peer("127.0.0.1")) {
      for (int i = 0; i < 100; i++) {
        peer.send("number " + i, InetAddress.getByName("127.0.0.1"), port);
      }
      guest.host.await("a turn", () -> guest.host.loop.turn(100) > 0);
      assertThat(guest.host.loop.turn(50)).isZero();
      assertThat(guest.udp.flowCount()).isZero();
      guest.host.sink.setRoom(Integer.MAX_VALUE);
      guest.udp.onRoom(guest.host.now());
      for (int i = 0; i < 100; i++) {
        assertThat(UdpGuest.text(guest.host.frame())).isEqualTo("number " + i);
      }
      assertThat(guest.udp.flowCount()).isOne();
    }
  }

  @Test
  void aTakenPortIsNamed() throws IOException {
    try (Peer taken = new Peer("127.0.0.1")) {
      IpAddress address = IpAddress.LOOPBACK4;
      Optional<String> failure =
          guest.listen(UdpGuest.rule(taken.port(), 53, Optional.of(address)));
      assertThat(failure.orElseThrow()).contains("127.0.0.1").contains("" + taken.port());
    }
  }
}
