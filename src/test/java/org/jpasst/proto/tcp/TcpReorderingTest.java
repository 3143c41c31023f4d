package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is offered and told to a guest whose segments come late, twice or not at all. */
@Timeout(60)
final class TcpReorderingTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int FIN_ACK = TcpHeader.FIN | TcpHeader.ACK;

  private ScriptedGuest guest;
  private ServerSocket server;

  /** The guest's first sequence number with data. */
  private int start;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
    guest.sack = true;
    guest.timestamps = true;
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    guest.close();
    server.close();
  }

  private Socket connected() throws IOException {
    guest.connect(server.getLocalPort());
    start = guest.sequence;
    return server.accept();
  }

  /** Adds to the batch a segment at an offset from {@link #start}. */
  private void add(int offset, String text) {
    add(ACK, offset, text);
  }

  private void add(int flags, int offset, String text) {
    byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
    guest.segment(flags, start + offset, guest.expected, guest.options(), payload);
  }

  /** Sends one, and returns the only answer. */
  private Segment sent(int offset, String text) {
    add(offset, text);
    guest.flush();
    return answer();
  }

  private Segment answer() {
    List<Segment> answers = guest.received();
    assertThat(answers).hasSize(1);
    return answers.getFirst();
  }

  private Segment.Block block(int from, int to) {
    return new Segment.Block(start + from, start + to);
  }

  private static void assertReceives(Socket peer, String text) throws IOException {
    assertThat(peer.getInputStream().readNBytes(text.length())).asString().isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({"false,false", "false,true", "true,false", "true,true"})
  void theSynAckOffersWhatTheSynDid(boolean sack, boolean timestamps) throws IOException {
    guest.sack = sack;
    guest.timestamps = timestamps;
    int time = guest.timestamp();
    Segment synAck = guest.connect(server.getLocalPort());
    assertThat(TcpOptions.sackPermitted(synAck.options())).isEqualTo(sack);
    assertThat(synAck.timestamps().map(Segment.Timestamps::echo).isPresent()).isEqualTo(timestamps);
    synAck.timestamps().ifPresent(each -> assertThat(each.echo()).isEqualTo(time));
  }

  @ParameterizedTest
  @CsvSource({"false,false", "false,true", "true,false", "true,true"})
  void anInboundSynOffersBothAndTheGuestDecides(boolean sack, boolean timestamps)
      throws IOException {
    guest.sack = sack;
    guest.timestamps = timestamps;
    try (Socket client = guest.connectClient()) {
      Segment syn = guest.acceptClient();
      assertThat(TcpOptions.sackPermitted(syn.options())).isTrue();
      assertThat(syn.timestamps()).hasValueSatisfying(each -> assertThat(each.echo()).isZero());
      assertThat(TcpOptions.windowScale(syn.options())).isEqualTo(8);
      assertThat(guest.expect().timestamps().isPresent()).isEqualTo(timestamps);

      client.getOutputStream().write(new byte[1460]);
      assertThat(guest.expectText().payload()).hasSize(timestamps ? 1448 : 1460);
      guest.received();
      start = guest.sequence;
      assertThat(sent(1, "b").blocks()).hasSize(sack ? 1 : 0);
    }
  }

  @Test
  void segmentsBehindAGapAreKeptAndToldAndDeliveredWhenItCloses() throws IOException {
    try (Socket peer = connected()) {
      assertThat(sent(10, "k").blocks()).containsExactly(block(10, 11));
      assertThat(sent(4, "ef").blocks()).containsExactly(block(4, 6), block(10, 11));
      assertThat(sent(6, "gh").blocks()).containsExactly(block(4, 8), block(10, 11));
      assertThat(sent(20, "u").blocks()).containsExactly(block(20, 21), block(10, 11), block(4, 8));
      assertThat(sent(30, "x").blocks()).as("room for three").hasSize(3);
      assertThat(peer.getInputStream().available()).isZero();

      Segment closing = sent(0, "abcd");
      assertThat(closing.acknowledgment()).isEqualTo(start + 8);
      assertThat(closing.blocks()).containsExactly(block(30, 31), block(20, 21), block(10, 11));
      assertReceives(peer, "abcdefgh");

      assertThat(sent(8, "ij").acknowledgment()).isEqualTo(start + 11);
      assertThat(sent(11, "lmnopqrst").acknowledgment()).isEqualTo(start + 21);
      Segment last = sent(21, "v12345678");
      assertThat(last.acknowledgment()).isEqualTo(start + 31);
      assertThat(last.blocks()).isEmpty();
      assertReceives(peer, "ijklmnopqrstuv12345678x");
    }
  }

  @Test
  void withoutTimestampsFourBlocksAreTold() throws IOException {
    guest.timestamps = false;
    try (Socket _ = connected()) {
      for (int i = 1; i <= 5; i++) {
        sent(10 * i, "x");
      }
      assertThat(sent(60, "x").blocks())
          .containsExactly(block(60, 61), block(50, 51), block(40, 41), block(30, 31));
    }
  }

  @Test
  void oneBatchMayCloseAGapAndOpenAnother() throws IOException {
    try (Socket peer = connected()) {
      sent(2, "cd");
      add(0, "ab");
      add(6, "gh");
      guest.flush();
      for (Segment each : guest.received()) {
        assertThat(each.acknowledgment()).isEqualTo(start + 4);
        assertThat(each.blocks()).containsExactly(block(6, 8));
      }
      assertReceives(peer, "abcd");
      assertThat(sent(4, "ef").acknowledgment()).isEqualTo(start + 8);
      assertReceives(peer, "efgh");
    }
  }

  @Test
  void manySegmentsInOneBatchBehindOneGapGetOneAnswerForTheGapAndOneForAll() throws IOException {
    try (Socket _ = connected()) {
      for (int i = 1; i <= 100; i++) {
        add(i, "x");
      }
      guest.flush();
      List<Segment> answers = guest.received();
      assertThat(answers).hasSize(2);
      assertThat(answers.getLast().blocks()).containsExactly(block(1, 101));
    }
  }

  @Test
  void whatComesTwiceIsReported() throws IOException {
    try (Socket _ = connected()) {
      assertThat(sent(0, "abcd").blocks()).isEmpty();
      Segment duplicate = sent(0, "abcd");
      assertThat(duplicate.acknowledgment()).isEqualTo(start + 4);
      assertThat(duplicate.blocks()).containsExactly(block(0, 4));
      assertThat(sent(4, "e").blocks()).as("only once").isEmpty();

      sent(10, "klmn");
      assertThat(sent(11, "lm").blocks()).containsExactly(block(11, 13), block(10, 14));
      assertThat(sent(20, "u").blocks()).containsExactly(block(20, 21), block(10, 14));
    }
  }

  @Test
  void aGuestWithoutSackGetsADuplicateAcknowledgmentForEachSegment() throws IOException {
    guest.sack = false;
    try (Socket peer = connected()) {
      add(1, "b");
      add(2, "c");
      add(3, "d");
      guest.flush();
      List<Segment> answers = guest.received();
      assertThat(answers).hasSize(3);
      assertThat(answers)
          .allMatch(each -> each.acknowledgment() == start && each.blocks().isEmpty());
      Segment closing = sent(0, "a");
      assertThat(closing.acknowledgment()).isEqualTo(start + 4);
      assertReceives(peer, "abcd");
      assertThat(sent(0, "a").blocks()).isEmpty();
    }
  }

  @Test
  void anAnswerWithDataLeavesTheBlocksToASegmentOfTheirOwn() throws IOException {
    try (Socket peer = connected()) {
      peer.getOutputStream().write("answer".getBytes(StandardCharsets.US_ASCII));
      add(2, "c");
      guest.flush();
      List<Segment> answers = guest.received();
      assertThat(answers).filteredOn(each -> each.payload().length > 0).hasSize(1);
      assertThat(answers)
          .anyMatch(
              each -> each.payload().length == 0 && each.blocks().equals(List.of(block(2, 3))));
    }
  }

  @Test
  void aFinBehindAGapIsNotLost() throws IOException {
    try (Socket peer = connected()) {
      add(FIN_ACK, 2, "cd");
      guest.flush();
      assertThat(answer().acknowledgment()).isEqualTo(start);
      Segment closing = sent(0, "ab");
      assertThat(closing.acknowledgment()).as("with the FIN").isEqualTo(start + 5);
      assertThat(peer.getInputStream().readAllBytes()).asString().isEqualTo("abcd");
    }
  }

  @Test
  void aFinEndsWhatWasKeptBehindIt() throws IOException {
    try (Socket peer = connected()) {
      sent(10, "wild");
      add(FIN_ACK, 0, "ab");
      guest.flush();
      Segment answer = answer();
      assertThat(answer.acknowledgment()).isEqualTo(start + 3);
      assertThat(answer.blocks()).isEmpty();
      assertThat(peer.getInputStream().readAllBytes()).asString().isEqualTo("ab");
    }
  }

  @Test
  void segmentsBeyondTheWindowAreNotKept() throws IOException {
    try (Socket _ = connected()) {
      int edge = sent(0, "a").window() << 8;
      assertThat(sent(1 + edge, "x").blocks()).isEmpty();
      assertThat(sent(edge, "xx").blocks()).isEmpty();
      for (int far : new int[] {1 << 30, Integer.MAX_VALUE - 1, Integer.MAX_VALUE}) {
        assertThat(sent(far, "xxxx").blocks()).isEmpty();
      }
      assertThat(sent(edge, "x").blocks()).containsExactly(block(edge, edge + 1));
    }
  }

  @Test
  void anOldTimestampIsDroppedWithAnAcknowledgment() throws IOException {
    try (Socket peer = connected()) {
      guest.advance(50_000_000);
      sent(0, "a");
      int now = guest.timestamp();
      byte[] old = guest.optionsAt(now - 10);
      guest.segment(ACK, start + 1, guest.expected, old, new byte[] {'b'});
      guest.flush();
      Segment answer = answer();
      assertThat(answer.acknowledgment()).isEqualTo(start + 1);
      assertThat(answer.timestamps().orElseThrow().echo()).isEqualTo(now);
      assertThat(sent(1, "B").acknowledgment()).isEqualTo(start + 2);
      assertReceives(peer, "aB");
    }
  }

  @Test
  void aResetIsTakenWhateverItsTimestamp() throws IOException {
    try (Socket _ = connected()) {
      guest.advance(50_000_000);
      sent(0, "a");
      byte[] old = guest.optionsAt(guest.timestamp() - 10);
      guest.segment(TcpHeader.RST, start + 1, 0, old, new byte[0]);
      guest.flush();
      assertThat(guest.flows.size()).isZero();
    }
  }

  @Test
  void eachSegmentHasTimestampsAndEchoesTheLatestInOrder() throws IOException {
    try (Socket peer = connected()) {
      guest.advance(5_000_000);
      int first = guest.timestamp();
      assertThat(echo(sent(0, "a"))).isEqualTo(first);
      guest.advance(5_000_000);
      assertThat(echo(sent(2, "c"))).as("behind a gap").isEqualTo(first);
      guest.advance(5_000_000);
      int second = guest.timestamp();
      assertThat(echo(sent(1, "b"))).isEqualTo(second);

      peer.getOutputStream().write(new byte[3000]);
      int value = 0;
      for (int left = 3000; left > 0; ) {
        Segment segment = guest.expectText();
        left -= segment.payload().length;
        assertThat(echo(segment)).isEqualTo(second);
        value = segment.timestamps().orElseThrow().value();
      }
      guest.acknowledge(guest.expected + 3000);
      guest.advance(7_000_000);
      peer.shutdownOutput();
      Segment fin = guest.expectText();
      assertThat(fin.timestamps().orElseThrow().value()).isEqualTo(value + 7);
    }
  }

  private static int echo(Segment segment) {
    return segment.timestamps().orElseThrow().echo();
  }

  @Test
  void connectionsThatEndGiveBackWhatTheyHadOfThePools() throws IOException {
    int most = OutOfOrderBytes.MAX_BLOCKS + 10;
    for (int i = 0; i < most; i++) {
      try (Socket peer = connected()) {
        keepAndLose(peer);
        if (i % 2 == 0) {
          guest.segment(TcpHeader.RST, start, 0, new byte[0], new byte[0]);
          guest.flush();
        } else {
          peer.setSoLinger(true, 0);
        }
      }
      guest.until(() -> guest.flows.size() == 0);
      guest.received();
      guest.loop.turn(0);
      guest.sequence += 1000;
    }
  }

  /** Something is kept of the guest, which tells that something of ours was lost. */
  private void keepAndLose(Socket peer) throws IOException {
    assertThat(sent(5, "f").blocks()).containsExactly(block(5, 6));
    peer.getOutputStream().write(new byte[3000]);
    for (int left = 3000; left > 0; ) {
      left -= guest.expectText().payload().length;
    }
    int ours = guest.expected;
    guest.acknowledge(ours, ours + 10, ours + 20, ours + 30, ours + 40, ours + 50, ours + 60);
    assertThat(guest.received().getFirst().payload()).as("sent again").hasSize(10);
  }
}
