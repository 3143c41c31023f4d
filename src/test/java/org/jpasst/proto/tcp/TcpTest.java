package org.jpasst.proto.tcp;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Random;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.stats.Counter;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class TcpTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int FIN_ACK = TcpHeader.FIN | TcpHeader.ACK;
  private static final int MSS = 1460;

  @AutoClose private ScriptedGuest guest;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
  }

  @Test
  void aConnectionCarriesDataBothWays() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.send(ACK | TcpHeader.PSH, "hello");
      assertThat(peer.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
      assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);

      peer.getOutputStream().write("world".getBytes());
      Segment answer = guest.expect();
      assertThat(answer.text()).isEqualTo("world");
      assertThat(answer.sequence()).isEqualTo(guest.expected);
      assertThat(answer.has(TcpHeader.PSH)).isTrue();
    }
  }

  @Test
  void theSynAckOffersWhatRfc9293AndRfc7323Say() throws IOException {
    Segment synAck = guest.connect(guest.server.getLocalPort());
    assertThat(synAck.acknowledgment()).isEqualTo(guest.sequence);
    assertThat(TcpOptions.mss(synAck.options())).isEqualTo(MSS);
    assertThat(TcpOptions.windowScale(synAck.options())).isEqualTo(8);
  }

  @Test
  void aRefusedConnectionIsRefusedToTheGuest() throws IOException {
    int port = guest.server.getLocalPort();
    guest.server.close();
    guest.peerPort = port;
    guest.sendSyn();
    Segment answer = guest.expect();
    assertThat(answer.flags()).isEqualTo(TcpHeader.RST | ACK);
    assertThat(answer.acknowledgment()).isEqualTo(guest.sequence);
    assertThat(guest.flows.size()).isZero();
  }

  @Test
  void aSynAckIsRepeatedUnchangedUntilItIsAnswered() throws IOException {
    guest.peerPort = guest.server.getLocalPort();
    guest.sendSyn();
    byte[] first = guest.expect().frame();
    for (int i = 0; i < 3; i++) {
      guest.advance(SECONDS.toNanos(1) + MILLISECONDS.toNanos(5));
      assertThat(guest.expect().frame()).isEqualTo(first);
    }
  }

  @Test
  void dataInTheSegmentThatEndsTheHandshakeIsTaken() throws IOException {
    guest.peerPort = guest.server.getLocalPort();
    guest.sendSyn();
    guest.expected = guest.expect().sequence() + 1;
    guest.send(ACK, "early");
    try (Socket peer = guest.server.accept()) {
      assertThat(peer.getInputStream().readNBytes(5)).asString().isEqualTo("early");
    }
  }

  @Test
  void theGuestsResetReachesThePeerAsReset() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.send(TcpHeader.RST, "");
      assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
      assertThat(guest.flows.size()).isZero();
    }
  }

  @Test
  void aBlindResetIsChallenged() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.segment(TcpHeader.RST, guest.sequence + 100, 0, new byte[0], new byte[0]);
      guest.flush();
      assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
      guest.send(ACK, "still here");
      assertThat(peer.getInputStream().readNBytes(10)).asString().isEqualTo("still here");
    }
  }

  @Test
  void thePeersResetReachesTheGuestAsReset() throws IOException {
    try (Socket peer = guest.connected()) {
      peer.setSoLinger(true, 0);
    }
    assertThat(guest.expect().has(TcpHeader.RST)).isTrue();
    assertThat(guest.flows.size()).isZero();
  }

  @Test
  void bothDirectionsCloseOnTheirOwn() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.send(FIN_ACK, "bye");
      assertThat(peer.getInputStream().readAllBytes()).asString().isEqualTo("bye");
      assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);

      peer.getOutputStream().write("not yet".getBytes());
      assertThat(guest.expectText().text()).isEqualTo("not yet");
      guest.expected += 7;
      guest.send(ACK, "");
      peer.shutdownOutput();
      Segment fin = guest.expectText();
      assertThat(fin.has(TcpHeader.FIN)).isTrue();
      assertThat(guest.flows.size()).isEqualTo(1);
      guest.expected += 1;
      guest.send(ACK, "");
      assertThat(guest.flows.size()).isZero();
    }
  }

  @Test
  void eachSegmentAfterAGapGetsOneDuplicateAcknowledgment() throws IOException {
    try (Socket peer = guest.connected()) {
      int start = guest.sequence;
      for (int i = 1; i <= 3; i++) {
        guest.segment(ACK, start + i, guest.expected, new byte[0], new byte[] {'x'});
      }
      guest.flush();
      for (int i = 0; i < 3; i++) {
        assertThat(guest.expect().acknowledgment()).isEqualTo(start);
      }
      assertThat(guest.sink.frames()).isEmpty();
      guest.send(ACK, "abcd");
      assertThat(peer.getInputStream().readNBytes(4)).asString().isEqualTo("abcd");
    }
  }

  @Test
  void anOldSegmentIsAcknowledgedAgain() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.send(ACK, "once");
      guest.expect();
      guest.sequence -= 4;
      guest.send(ACK, "once");
      assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
      peer.shutdownInput();
    }
  }

  @Test
  void nothingAcceptedIsLostAndNoWindowTakenBackWhenThePeerDoesNotRead() throws IOException {
    try (Socket peer = guest.connected()) {
      var sent = new ByteArrayOutputStream();
      var random = new Random(7);
      int edge = fill(random, sent);
      assertThat(edge - guest.sequence).isNotNegative();

      byte[] received = new byte[sent.size()];
      int at = 0;
      while (at < received.length) {
        int count = peer.getInputStream().read(received, at, Math.min(65536, received.length - at));
        assertThat(count).isPositive();
        at += count;
        guest.settle();
      }
      assertThat(received).isEqualTo(sent.toByteArray());
      Segment update = null;
      while (!guest.sink.frames().isEmpty()) {
        update = Segment.of(guest.sink.take());
      }
      assertThat(update).isNotNull();
      assertThat(update.acknowledgment()).isEqualTo(guest.sequence);
      assertThat(update.window() << 8).isGreaterThan(MSS);
    }
  }

  /** Sends small and large segments until the window is used up; answers its right edge. */
  private int fill(Random random, ByteArrayOutputStream sent) throws IOException {
    int edge = guest.sequence + 65535;
    while (true) {
      int room = edge - guest.sequence;
      int size = Math.min(room, random.nextInt(4) == 0 ? 1 + random.nextInt(3) : MSS);
      if (size <= 0) {
        return edge;
      }
      byte[] payload = new byte[size];
      random.nextBytes(payload);
      sent.write(payload);
      guest.send(ACK, payload);
      guest.settle();
      while (!guest.sink.frames().isEmpty()) {
        Segment ack = Segment.of(guest.sink.take());
        assertThat(ack.acknowledgment()).isEqualTo(guest.sequence);
        int newEdge = ack.acknowledgment() + (ack.window() << 8);
        assertThat(newEdge - edge).as("right edge").isNotNegative();
        edge = newEdge;
      }
    }
  }

  @Test
  void aClosedWindowIsRespectedAndProbedAndDataGoesOnWhenItOpens() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.window = 0;
      guest.send(ACK, "");
      peer.getOutputStream().write("0123456789".getBytes());
      guest.settle();
      assertThat(guest.sink.frames()).isEmpty();

      guest.advance(SECONDS.toNanos(1) + MILLISECONDS.toNanos(5));
      Segment probe = guest.expect();
      assertThat(probe.text()).isEqualTo("0");
      guest.send(ACK, "");
      guest.settle();
      assertThat(guest.sink.frames()).isEmpty();

      guest.window = 1000;
      guest.send(ACK, "");
      Segment all = guest.expect();
      assertThat(all.sequence()).isEqualTo(guest.expected);
      assertThat(all.text()).isEqualTo("0123456789");
    }
  }

  @Test
  void aGuestThatAnswersProbesIsNeverGivenUp() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.window = 0;
      guest.send(ACK, "");
      peer.getOutputStream().write("x".getBytes());
      guest.settle();
      for (int i = 0; i < 20; i++) {
        guest.advance(SECONDS.toNanos(121));
        assertThat(guest.expect().has(TcpHeader.RST)).isFalse();
        guest.send(ACK, "");
      }
      assertThat(guest.flows.size()).isEqualTo(1);
    }
  }

  @Test
  void whatIsNotAcknowledgedIsSentAgainAndGivenUpInTheEnd() throws IOException {
    try (Socket peer = guest.connected()) {
      peer.getOutputStream().write("lost".getBytes());
      assertThat(guest.expect().text()).isEqualTo("lost");
      long pause = SECONDS.toNanos(1);
      for (int i = 0; i < TcpTimers.MAX_RETRIES; i++) {
        guest.advance(pause + MILLISECONDS.toNanos(5));
        Segment again = guest.expect();
        assertThat(again.text()).isEqualTo("lost");
        assertThat(again.sequence()).isEqualTo(guest.expected);
        pause *= 2;
      }
      guest.advance(SECONDS.toNanos(130));
      assertThat(guest.expect().has(TcpHeader.RST)).isTrue();
      assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void theThirdDuplicateAcknowledgmentRepeatsTheLostSegmentOnly() throws IOException {
    try (Socket peer = guest.connected()) {
      byte[] data = new byte[4 * MSS];
      new Random(3).nextBytes(data);
      peer.getOutputStream().write(data);
      int received = 0;
      while (received < data.length) {
        received += guest.expectText().payload().length;
      }
      for (int i = 0; i < 3; i++) {
        assertThat(guest.sink.frames()).isEmpty();
        guest.send(ACK, "");
      }
      Segment again = guest.expect();
      assertThat(again.sequence()).isEqualTo(guest.expected);
      assertThat(again.payload()).isEqualTo(java.util.Arrays.copyOf(data, MSS));
      assertThat(guest.sink.frames()).isEmpty();

      guest.expected += data.length;
      guest.send(ACK, "");
      peer.getOutputStream().write("next".getBytes());
      assertThat(guest.expectText().text()).isEqualTo("next");
    }
  }

  @Test
  void anInboundConnectionIsOfferedToTheGuestAndDataFollows() throws IOException {
    try (Socket client = guest.connectClient()) {
      client.getOutputStream().write("early".getBytes());
      Segment syn = guest.acceptClient();
      assertThat(syn.sourcePort()).isEqualTo(client.getLocalPort());
      Segment data = guest.expectText();
      assertThat(data.text()).isEqualTo("early");
      assertThat(data.sequence()).isEqualTo(syn.sequence() + 1);
      assertThat(data.acknowledgment()).isEqualTo(guest.sequence);

      guest.send(ACK | TcpHeader.PSH, "back");
      assertThat(client.getInputStream().readNBytes(4)).asString().isEqualTo("back");
      assertThat(guest.flows.size()).isEqualTo(1);
    }
  }

  @Test
  void bytesArriveInOrderOnKernelsWithoutPeekOffsets() throws IOException {
    guest.close();
    guest = new ScriptedGuest(OldKernel.withoutPeekOffsets());
    try (Socket peer = guest.connected()) {
      byte[] data = new byte[20_000];
      new Random(5).nextBytes(data);
      peer.getOutputStream().write(data, 0, 5000);
      var received = new ByteArrayOutputStream();
      while (received.size() < 5000) {
        received.write(guest.expectText().payload());
      }
      // Nothing is acknowledged yet: what was looked at is skipped.
      peer.getOutputStream().write(data, 5000, 15_000);
      while (received.size() < data.length) {
        received.write(guest.expectText().payload());
      }
      assertThat(received.toByteArray()).isEqualTo(data);
      peer.shutdownOutput();
      assertThat(guest.expectText().has(TcpHeader.FIN)).isTrue();
    }
  }

  @Test
  void aLargeAnswerArrivesWholeAndEndsWithAFin() throws Exception {
    byte[] data = new byte[300_000];
    new Random(9).nextBytes(data);
    try (Socket peer = guest.connected()) {
      Thread writer =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      peer.getOutputStream().write(data);
                      peer.shutdownOutput();
                    } catch (IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      var received = new ByteArrayOutputStream();
      while (true) {
        Segment segment = guest.expectText();
        assertThat(segment.sequence()).isEqualTo(guest.expected);
        received.write(segment.payload());
        guest.expected += segment.payload().length;
        if (segment.has(TcpHeader.FIN)) {
          break;
        }
        guest.send(ACK, "");
      }
      assertThat(received.toByteArray()).isEqualTo(data);
      assertThat(writer.join(Duration.ofSeconds(10))).isTrue();
    }
  }

  @Test
  void anIdleConnectionCostsNoWakeUps() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.window = 0;
      guest.send(ACK, "");
      byte[] chunk = new byte[1000];
      for (int i = 0; i < 100; i++) {
        peer.getOutputStream().write(chunk);
        guest.settle();
      }
      long turns = guest.counters.value(Counter.LOOP_TURNS);
      for (int i = 0; i < 100; i++) {
        peer.getOutputStream().write(chunk);
        assertThat(guest.loop.turn(0)).isZero();
      }
      assertThat(guest.counters.value(Counter.LOOP_TURNS) - turns).isEqualTo(100);
    }
  }
}
