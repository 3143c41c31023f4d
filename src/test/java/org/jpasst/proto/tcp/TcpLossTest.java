package org.jpasst.proto.tcp;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is sent again, when, and how much of it, if the guest's link loses what we send. */
@Timeout(60)
final class TcpLossTest {
  private static final int ACK = TcpHeader.ACK;

  /** Payload of a segment with timestamps. */
  private static final int MSS = 1460 - 12;

  private ScriptedGuest guest;
  private ServerSocket server;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
    guest.sack = true;
    guest.timestamps = true;
    guest.windowScale = 3;
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    guest.close();
    server.close();
  }

  /** The handshake takes so long, and with it the first measurement. */
  private Socket connectedAfter(long millis) throws IOException {
    guest.peerPort = server.getLocalPort();
    guest.sendSyn();
    guest.expected = guest.expect().sequence() + 1;
    advance(millis);
    guest.send(ACK, "");
    return server.accept();
  }

  private Socket connected() throws IOException {
    guest.connect(server.getLocalPort());
    return server.accept();
  }

  /** The peer sends so many full segments, which the guest is sent and hears nothing of. */
  private int send(Socket peer, int segments) throws IOException {
    byte[] data = new byte[segments * MSS];
    new Random(segments).nextBytes(data);
    peer.getOutputStream().write(data);
    int first = guest.expected;
    int received = 0;
    while (received < data.length) {
      Segment segment = guest.expectText();
      first = received == 0 ? segment.sequence() : first;
      received += segment.payload().length;
    }
    return first;
  }

  private void advance(long millis) {
    guest.advance(MILLISECONDS.toNanos(millis));
  }

  /** Numbers of the segments that have come, counted from a sequence number. */
  private List<Integer> texts(int first) {
    return guest.received().stream()
        .filter(each -> each.payload().length > 0)
        .map(each -> (each.sequence() - first) / MSS)
        .toList();
  }

  @Test
  void exactlyTheGapsAreSentAgain() throws IOException {
    try (Socket peer = connected()) {
      int first = send(peer, 20);
      var again = new ArrayList<Integer>();
      // Lost: 0, 3 and 7. The rest arrives one by one.
      for (int i = 1; i < 20; i++) {
        guest.acknowledge(first, blocksWithout(first, i));
        again.addAll(texts(first));
      }
      assertThat(again).containsExactly(0, 3, 7);
      guest.acknowledge(first + 3 * MSS, first + 4 * MSS, first + 7 * MSS);
      guest.acknowledge(first + 7 * MSS, first + 8 * MSS, first + 20 * MSS);
      assertThat(texts(first)).isEmpty();
      guest.acknowledge(first + 20 * MSS);
      advance(1000);
      assertThat(texts(first)).isEmpty();
    }
  }

  /** What has arrived when segment {@code last} has, if 0, 3 and 7 are lost. */
  private static int[] blocksWithout(int first, int last) {
    var numbers = new ArrayList<Integer>();
    int[][] arrived = {{1, 3}, {4, 7}, {8, 20}};
    for (int[] range : arrived) {
      if (range[0] <= last) {
        numbers.add(0, first + Math.min(last + 1, range[1]) * MSS);
        numbers.add(0, first + range[0] * MSS);
      }
    }
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void newDataGoesOnWhileALossIsRepaired() throws IOException {
    try (Socket peer = connected()) {
      int first = send(peer, 10);
      guest.acknowledge(first, first + MSS, first + 5 * MSS);
      assertThat(texts(first)).containsExactly(0);

      peer.getOutputStream().write(new byte[4 * MSS]);
      var sent = new ArrayList<>(texts(first));
      for (int i = 6; i <= 10; i++) {
        guest.acknowledge(first, first + MSS, first + i * MSS);
        sent.addAll(texts(first));
      }
      assertThat(sent).containsExactly(10, 11, 12, 13);
    }
  }

  @Test
  void asMuchIsInFlightDuringRepairAsArrived() throws IOException {
    try (Socket peer = connected()) {
      int first = send(peer, 40);
      peer.getOutputStream().write(new byte[40 * MSS]);
      guest.received();
      // All of 0..19 is lost: each segment that arrives lets one go.
      int sent = 0;
      for (int i = 21; i <= 40; i++) {
        guest.acknowledge(first, first + 20 * MSS, first + i * MSS);
        int now = texts(first).size();
        sent += now;
        assertThat(now).isLessThanOrEqualTo(i < 24 ? 40 : 2);
      }
      assertThat(sent).isLessThanOrEqualTo(60);
    }
  }

  @Test
  void aGuestWithoutSackGetsTheFirstSegmentAndWithEachPartialAcknowledgmentTheNext()
      throws IOException {
    guest.sack = false;
    try (Socket peer = connected()) {
      int first = send(peer, 10);
      for (int i = 0; i < 3; i++) {
        assertThat(texts(first)).isEmpty();
        guest.acknowledge(first);
      }
      assertThat(texts(first)).containsExactly(0);
      guest.acknowledge(first + 4 * MSS);
      assertThat(texts(first)).containsExactly(4);
      guest.acknowledge(first + 10 * MSS);
      assertThat(texts(first)).isEmpty();
    }
  }

  @Test
  void aLostRetransmissionIsRepeatedAfterSomeRoundTrips() throws IOException {
    try (Socket peer = connectedAfter(20)) {
      int first = send(peer, 10);
      advance(20);
      guest.acknowledge(first, first + MSS, first + 10 * MSS);
      assertThat(texts(first)).as("lost again").containsExactly(0);
      advance(20);
      assertThat(texts(first)).isEmpty();
      advance(60);
      assertThat(texts(first)).containsExactly(0);
    }
  }

  @Test
  void aLostTailIsAskedForBeforeTheTimeOut() throws IOException {
    try (Socket peer = connected()) {
      int first = send(peer, 5);
      advance(15);
      assertThat(texts(first)).containsExactly(0);
      advance(15);
      assertThat(texts(first)).containsExactly(0);
      advance(150);
      assertThat(texts(first)).as("no third one").isEmpty();
    }
  }

  @Test
  void theTimeOutIsTwoHundredMillisecondsAfterAFastHandshakeAndDoubles() throws IOException {
    try (Socket peer = connected()) {
      int first = send(peer, 1);
      for (int pause = 200; pause <= 1600; pause *= 2) {
        advance(pause - 5);
        assertThat(texts(first)).isEmpty();
        advance(10);
        assertThat(texts(first)).containsExactly(0);
      }
      // Progress puts an end to that.
      guest.acknowledge(first + MSS);
      send(peer, 1);
      advance(205);
      assertThat(texts(first)).containsExactly(1);
    }
  }

  @Test
  void aTimeOutWaitsThreeSecondsWhereTheHandshakeWasRepeated() throws IOException {
    guest.peerPort = server.getLocalPort();
    guest.sendSyn();
    guest.expect();
    advance(1005);
    guest.expected = guest.expect().sequence() + 1;
    guest.send(ACK, "");
    try (Socket peer = server.accept()) {
      int first = send(peer, 1);
      advance(2990);
      assertThat(texts(first)).isEmpty();
      advance(20);
      assertThat(texts(first)).containsExactly(0);
    }
  }

  @Test
  void afterATimeOutOneSegmentGoesOutAndThenTwoForEachThatArrives() throws IOException {
    try (Socket peer = connected()) {
      int first = timedOut(peer, 20);
      guest.acknowledge(first + MSS);
      assertThat(texts(first)).containsExactly(1, 2);
      guest.acknowledge(first + 2 * MSS);
      assertThat(texts(first)).containsExactly(3, 4);
      guest.acknowledge(first + 3 * MSS);
      assertThat(texts(first)).containsExactly(5, 6);
      guest.acknowledge(first + 20 * MSS);
      assertThat(texts(first)).isEmpty();
    }
  }

  /** So many segments were sent, nothing was heard, and the first was sent again. */
  private int timedOut(Socket peer, int segments) throws IOException {
    int first = send(peer, segments);
    advance(15);
    advance(15);
    texts(first);
    advance(250);
    assertThat(texts(first)).containsExactly(0);
    return first;
  }

  @Test
  void afterATimeOutWhatTheGuestTellsToHaveLetsNoBurstGo() throws IOException {
    try (Socket peer = connected()) {
      int first = timedOut(peer, 40);
      guest.acknowledge(first + MSS, first + 30 * MSS, first + 40 * MSS);
      assertThat(texts(first)).hasSizeLessThanOrEqualTo(2);
      guest.acknowledge(first + 2 * MSS, first + 30 * MSS, first + 40 * MSS);
      assertThat(texts(first)).hasSizeLessThanOrEqualTo(2);
    }
  }

  @Test
  void whatIsSentAgainAfterATimeOutIsNotMeasured() throws IOException {
    try (Socket peer = connectedAfter(400)) {
      int first = send(peer, 1);
      for (int i = 0; i < 3; i++) {
        advance(1195);
        assertThat(texts(first)).isEmpty();
        advance(10);
        assertThat(texts(first)).containsExactly(i);
        // May be meant for the first one as well.
        advance(1);
        guest.acknowledge(first + (i + 1) * MSS);
        send(peer, 1);
      }
    }
  }

  @Test
  void hostileBlocksChangeNothing() throws IOException {
    try (Socket peer = connected()) {
      int first = send(peer, 10);
      int end = first + 10 * MSS;
      int far = first + Integer.MIN_VALUE;
      int[][] hostile = {
        {first - MSS, first},
        {first - MSS, first + MSS},
        {first, first + 10 * MSS},
        {first + MSS, end + 1},
        {end, end + MSS},
        {first + 5 * MSS, first + 2 * MSS},
        {first + MSS, first + MSS},
        {far, far + 1},
        {first + 1, far},
        {far - 1, first + MSS},
        {first - 1, far + 1, far - 1, first, end + 1, first, end, end}
      };
      for (int[] blocks : hostile) {
        guest.acknowledge(first, blocks);
        assertThat(texts(first)).isEmpty();
      }
      guest.acknowledge(first, first + 6 * MSS, first + 10 * MSS, first + MSS, first + 7 * MSS);
      assertThat(texts(first)).as("overlapping ones are one").containsExactly(0);
      guest.acknowledge(end);
      send(peer, 3);
      guest.acknowledge(end + 3 * MSS);
      advance(1000);
      assertThat(texts(first)).isEmpty();
    }
  }

  @Test
  void aGuestThatForgetsWhatItToldToHaveGetsItInTheEnd() throws IOException {
    try (Socket peer = connected()) {
      int first = send(peer, 10);
      guest.acknowledge(first, first + MSS, first + 10 * MSS);
      assertThat(texts(first)).containsExactly(0);
      int arrived = first + MSS;
      for (int i = 0; i < 40 && arrived != first + 10 * MSS; i++) {
        guest.acknowledge(arrived);
        advance(250);
        for (Segment each : guest.received()) {
          arrived = each.sequence() == arrived ? each.end() : arrived;
        }
      }
      assertThat(arrived).isEqualTo(first + 10 * MSS);
    }
  }

  @Test
  void aLostFinIsSentAgain() throws IOException {
    try (Socket peer = connected()) {
      int first = send(peer, 3);
      peer.shutdownOutput();
      assertThat(guest.expectText().has(TcpHeader.FIN)).isTrue();
      guest.acknowledge(first + 3 * MSS);
      assertThat(guest.received()).isEmpty();
      advance(205);
      List<Segment> again = guest.received();
      assertThat(again).singleElement().matches(each -> each.has(TcpHeader.FIN));
      assertThat(again.getFirst().sequence()).isEqualTo(first + 3 * MSS);
    }
  }
}
