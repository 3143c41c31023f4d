package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.PortUnreachableException;
import java.util.Optional;
import org.jpasst.proto.icmp.ErrorFrames;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest that doesn't take datagrams, and says so by ICMP. */
final class UdpGuestErrorsTest {
  private static final int PORT = 40_000;

  private UdpGuest guest;

  @BeforeEach
  void start() throws IOException {
    guest = new UdpGuest();
  }

  @AfterEach
  void end() {
    guest.close();
  }

  private void send(boolean ipv4, Peer peer, String text) {
    if (ipv4) {
      guest.send4(PORT, peer.port(), text);
    } else {
      guest.send6(PORT, peer.port(), text);
    }
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, true", "::1, false"})
  void aPeerWhosePortIsClosedInTheGuestIsToldByTheHostsKernel(String address, boolean ipv4)
      throws IOException {
    try (Peer peer = new Peer(address)) {
      send(ipv4, peer, "question");
      DatagramPacket question = peer.receive();
      peer.socket.connect(question.getSocketAddress());
      peer.answer(question, "answer");
      Frame answer = guest.host.frame();
      guest.show(ErrorFrames.portUnreachable(answer));
      guest.endBatch();
      assertThat(guest.udp.flowCount()).isZero();
      assertThat(guest.host.counters.value(Counter.ICMP_REFUSED)).isOne();
      peer.answer(question, "another");
      assertThatExceptionOfType(PortUnreachableException.class).isThrownBy(peer::receive);
    }
  }

  @Test
  void whatTheGuestSentBeforeItRefusedIsNotLost() throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      guest.send4(PORT, peer.port(), "question");
      peer.answer(peer.receive(), "answer");
      Frame answer = guest.host.frame();
      Frame last =
          LoopbackHost.datagram(
              LoopbackHost.GUEST4,
              PORT,
              LoopbackHost.GATEWAY4,
              peer.port(),
              UdpGuest.bytes("last"));
      guest.show(last);
      guest.show(ErrorFrames.portUnreachable(answer));
      guest.endBatch();
      assertThat(peer.receiveText()).isEqualTo("last");
      assertThat(guest.udp.flowCount()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 6})
  void softErrorsEndNothing(int code) throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      guest.send4(PORT, peer.port(), "question");
      peer.answer(peer.receive(), "answer");
      guest.send(ErrorFrames.about(guest.host.frame(), 3, code, 0));
      assertThat(guest.udp.flowCount()).isOne();
      assertThat(guest.host.counters.value(Counter.ICMP_SOFT)).isOne();
    }
  }

  @Test
  void whatTheGuestWasNotSentTellsNothing() throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      guest.send4(PORT, peer.port(), "question");
      DatagramPacket question = peer.receive();
      Frame forged =
          LoopbackHost.datagram(
              LoopbackHost.GATEWAY4,
              peer.port(),
              LoopbackHost.GUEST4,
              PORT,
              UdpGuest.bytes("answer"));
      guest.send(ErrorFrames.portUnreachable(forged)); // it hasn't come yet
      peer.answer(question, "answer");
      Frame answer = guest.host.frame();
      int port = answer.transportAt() + 2;
      guest.send(ErrorFrames.portUnreachable(answer.with(port, (byte) 1, (byte) 1)));
      assertThat(guest.udp.flowCount()).isOne();
      assertThat(guest.host.counters.value(Counter.DROP_ICMP_QUOTE)).isEqualTo(2);
    }
  }

  @Test
  void theFlowOfAForwardedPortStays() throws IOException {
    int port;
    try (Peer free = new Peer("127.0.0.1")) {
      port = free.port();
    }
    assertThat(guest.listen(UdpGuest.rule(port, PORT, Optional.empty()))).isEmpty();
    try (Peer peer = new Peer("127.0.0.1")) {
      peer.send("hello", peer.socket.getLocalAddress(), port);
      Frame hello = guest.host.frame();
      guest.send(ErrorFrames.portUnreachable(hello));
      assertThat(guest.udp.flowCount()).isOne();
      guest.stopListening();
      guest.send(ErrorFrames.portUnreachable(hello));
      assertThat(guest.udp.flowCount()).isZero();
    }
  }
}
