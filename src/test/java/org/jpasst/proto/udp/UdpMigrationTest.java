package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.proto.socket.KeptDatagram;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Flows are told with what waits for the guest, and go on here or elsewhere. */
final class UdpMigrationTest {
  private static final int PORT = 40_000;

  private UdpGuest guest;
  private Peer peer;
  private DatagramPacket request;

  @BeforeEach
  void openFlow() throws IOException {
    guest = new UdpGuest();
    peer = new Peer("127.0.0.1");
    guest.send4(PORT, peer.port(), "question");
    request = peer.receive();
    guest.host.sink.setRoom(0);
  }

  @AfterEach
  void close() throws IOException {
    peer.close();
    guest.close();
  }

  @Test
  void aFlowGoesOnElsewhereFromItsPortWithWhatWaited() throws IOException {
    peer.answer(request, "one");
    peer.answer(request, "two");
    UdpSnapshot flow = save();
    assertThat(flow.fromGuest()).isTrue();
    assertThat(flow.waiting()).extracting(UdpMigrationTest::text).containsExactly("one", "two");
    guest.udp.migration().forget();
    assertThat(guest.udp.flowCount()).isZero();
    try (UdpGuest elsewhere = new UdpGuest()) {
      assertThat(elsewhere.udp.migration().restore(flow, elsewhere.host.now())).isTrue();
      peer.answer(request, "three");
      elsewhere.udp.onRoom(elsewhere.host.now());
      for (String expected : List.of("one", "two", "three")) {
        assertThat(UdpGuest.text(elsewhere.host.frame())).isEqualTo(expected);
      }
      elsewhere.send4(PORT, peer.port(), "again");
      assertThat(peer.receive().getSocketAddress()).isEqualTo(request.getSocketAddress());
    }
  }

  @Test
  void whatWaitedIsGivenToTheGuestHereIfItGoesOnHere() throws IOException {
    peer.answer(request, "one");
    save();
    peer.answer(request, "two");
    assertThat(save().waiting()).hasSize(2);
    peer.answer(request, "three");
    guest.host.sink.setRoom(Integer.MAX_VALUE);
    guest.udp.onRoom(guest.host.now());
    for (String expected : List.of("one", "two", "three")) {
      assertThat(UdpGuest.text(guest.host.frame())).isEqualTo(expected);
    }
  }

  @Test
  void whatWaitsKeepsAFlowAlive() throws IOException {
    guest.host.advance(170, TimeUnit.SECONDS);
    peer.answer(request, "late");
    assertThat(save().idleMillis()).isZero();
  }

  @Test
  void aFlowThatIsThereAlreadyIsRefused() {
    UdpSnapshot flow = save();
    assertThat(guest.udp.migration().restore(flow, guest.host.now())).isFalse();
    assertThat(guest.udp.flowCount()).isEqualTo(1);
  }

  private UdpSnapshot save() {
    List<UdpSnapshot> flows = guest.udp.migration().save(guest.host.now());
    assertThat(flows).hasSize(1);
    return flows.getFirst();
  }

  private static String text(KeptDatagram datagram) {
    return StandardCharsets.US_ASCII.decode(datagram.bytes().asByteBuffer()).toString();
  }
}
