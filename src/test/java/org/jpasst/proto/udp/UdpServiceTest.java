package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.util.Optional;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** DSCP and ECN of what peers send. */
final class UdpServiceTest {
  private static final int PORT = 40_000;
  private static final int EXPEDITED_AND_MARKED = 0xbb;

  private UdpGuest guest;

  @BeforeEach
  void start() throws IOException {
    guest = new UdpGuest();
  }

  @AfterEach
  void end() {
    guest.close();
  }

  private static int service(Frame frame) {
    return frame.etherType() == Frame.IPV4 ? frame.u8(15) : frame.u16(14) >> 4 & 0xff;
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1, true", "::1, false"})
  void theyReachTheGuestWithEachDatagram(String address, boolean ipv4) throws IOException {
    try (Peer peer = new Peer(address)) {
      if (ipv4) {
        guest.send4(PORT, peer.port(), "question");
      } else {
        guest.send6(PORT, peer.port(), "question");
      }
      DatagramPacket question = peer.receive();
      for (int each : new int[] {EXPEDITED_AND_MARKED, 0, 2}) {
        peer.socket.setTrafficClass(each);
        peer.answer(question, "answer");
        assertThat(service(guest.host.frame())).isEqualTo(each);
      }
      peer.socket.setTrafficClass(EXPEDITED_AND_MARKED);
      peer.answer(question, "x".repeat(2000));
      assertThat(service(guest.host.frame())).isEqualTo(EXPEDITED_AND_MARKED);
      assertThat(service(guest.host.frame())).isEqualTo(EXPEDITED_AND_MARKED);
    }
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1", "::1"})
  void theyReachAForwardedPortFromTheFirstDatagramOn(String address) throws IOException {
    int port;
    try (Peer free = new Peer(address)) {
      port = free.port();
    }
    assertThat(guest.listen(UdpGuest.rule(port, PORT, Optional.empty()))).isEmpty();
    try (Peer peer = new Peer(address)) {
      peer.socket.setTrafficClass(EXPEDITED_AND_MARKED);
      for (int i = 0; i < 2; i++) {
        peer.send("hello", InetAddress.getByName(address), port);
        assertThat(service(guest.host.frame())).isEqualTo(EXPEDITED_AND_MARKED);
      }
    }
    guest.stopListening();
  }
}
