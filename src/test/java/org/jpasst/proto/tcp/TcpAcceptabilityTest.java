package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Segments on an established connection that are none of its guest's, or very late. */
@Timeout(60)
final class TcpAcceptabilityTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int FAR = 1 << 30;

  private ScriptedGuest guest;
  private Socket peer;
  private int edge;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
  }

  @AfterEach
  void close() throws IOException {
    peer.close();
    guest.close();
  }

  private void connect() throws IOException {
    edge = guest.sequence + 1 + guest.connect(guest.server.getLocalPort()).window();
    peer = guest.server.accept();
  }

  private void add(int flags, int sequence, int ack, String text) {
    byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
    guest.segment(flags, sequence, ack, guest.options(), payload);
  }

  private List<Segment> answers(int flags, int sequence, int ack, String text) {
    add(flags, sequence, ack, text);
    guest.flush();
    return guest.received();
  }

  /** One segment tells where we are, and nothing else has happened. */
  private void assertTold(List<Segment> answers) {
    assertThat(answers).hasSize(1);
    Segment answer = answers.getFirst();
    assertThat(answer.flags()).isEqualTo(ACK);
    assertThat(answer.sequence()).isEqualTo(guest.expected);
    assertThat(answer.acknowledgment()).isEqualTo(guest.sequence);
    assertThat(answer.payload()).isEmpty();
  }

  private void assertNothingDelivered() throws IOException {
    peer.setSoTimeout(20);
    assertThatThrownBy(() -> peer.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    peer.setSoTimeout(0);
  }

  private void assertWorks() throws IOException {
    guest.send(ACK, "works");
    assertThat(peer.getInputStream().readNBytes(5)).asString().isEqualTo("works");
    assertThat(guest.received().getLast().acknowledgment()).isEqualTo(guest.sequence);
  }

  @ParameterizedTest
  @ValueSource(ints = {-65536, -FAR, Integer.MIN_VALUE + 1, 1, 1000, FAR})
  void dataWithAnAcknowledgmentOfWhatWasNotSentIsAnsweredAndDropped(int offset) throws IOException {
    connect();
    assertTold(answers(ACK, guest.sequence, guest.expected + offset, "blind"));
    assertNothingDelivered();
    assertWorks();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, -1000, -65535})
  void dataWithAnAcknowledgmentWithinTheLargestWindowIsTaken(int offset) throws IOException {
    connect();
    guest.window = 100; // the largest was that of the SYN
    answers(ACK, guest.sequence, guest.expected, "");
    assertThat(answers(ACK, guest.sequence, guest.expected + offset, "late")).hasSize(1);
    assertThat(peer.getInputStream().readNBytes(4)).asString().isEqualTo("late");
  }

  @Test
  void aFinWithAnAcknowledgmentFromLongAgoDoesNotClose() throws IOException {
    connect();
    assertTold(answers(ACK | TcpHeader.FIN, guest.sequence, guest.expected - FAR, ""));
    assertNothingDelivered();
    assertWorks();
  }

  @ParameterizedTest
  @ValueSource(ints = {-2, -100_000, FAR, -FAR, Integer.MIN_VALUE})
  void aSegmentOutsideTheWindowChangesNoWindow(int offset) throws IOException {
    connect();
    guest.window = 0;
    assertTold(answers(ACK, guest.sequence + offset, guest.expected, ""));
    peer.getOutputStream().write("flows".getBytes(StandardCharsets.US_ASCII));
    assertThat(guest.expect().text()).isEqualTo("flows");
  }

  @Test
  void aSegmentOutsideTheWindowAcknowledgesNothing() throws IOException {
    connect();
    peer.getOutputStream().write("unseen".getBytes(StandardCharsets.US_ASCII));
    assertThat(guest.expect().text()).isEqualTo("unseen");
    answers(ACK, guest.sequence + FAR, guest.expected + 6, "");
    guest.advance(TimeUnit.SECONDS.toNanos(2));
    assertThat(guest.expect().text()).as("sent again").isEqualTo("unseen");
  }

  @Test
  void anAcknowledgmentAtTheRightEdgeOfTheWindowCounts() throws IOException {
    connect();
    peer.getOutputStream().write("seen".getBytes(StandardCharsets.US_ASCII));
    assertThat(guest.expect().text()).isEqualTo("seen");
    assertThat(answers(ACK, edge, guest.expected + 4, "")).isEmpty();
    guest.advance(TimeUnit.SECONDS.toNanos(2));
    assertThat(guest.received()).isEmpty();
  }

  @Test
  void dataAtTheRightEdgeOfTheWindowIsAnsweredAndDropped() throws IOException {
    connect();
    List<Segment> answers = answers(ACK, edge, guest.expected, "x");
    assertTold(answers);
    edge = guest.sequence + (answers.getFirst().window() << 8);
    assertTold(answers(ACK, edge + 1, guest.expected, ""));
    assertWorks();
  }

  @Test
  void aWindowIsNotTakenFromAnOlderSegmentThanTheLast() throws IOException {
    connect();
    guest.send(ACK, "abc");
    guest.received();
    guest.send(ACK, "");
    guest.window = 0;
    // As old as its first byte, though its last one is new.
    assertThat(answers(ACK, guest.sequence - 3, guest.expected, "abcd")).hasSize(1);
    guest.sequence++;
    peer.getOutputStream().write("flows".getBytes(StandardCharsets.US_ASCII));
    assertThat(guest.expect().text()).isEqualTo("flows");
  }

  @Test
  void aKeepAliveIsAlwaysAnswered() throws IOException {
    connect();
    for (int i = 0; i < 3 * ChallengeLimit.MOST; i++) {
      assertTold(answers(ACK, guest.sequence - 1, guest.expected, ""));
      assertTold(answers(ACK, guest.sequence - 1, guest.expected, "x"));
    }
  }

  @Test
  void segmentsOfAnybodyAreAnsweredTenTimesInFiveSeconds() throws IOException {
    connect();
    int told = 0;
    for (int i = 0; i < 100; i++) {
      told += answers(TcpHeader.SYN, guest.sequence + i, 0, "").size();
      told += answers(TcpHeader.RST, guest.sequence + 1 + i, 0, "").size();
      told += answers(ACK, guest.sequence, guest.expected + 1 + i, "blind").size();
      told += answers(ACK, guest.sequence - FAR - i, guest.expected, "").size();
      told += answers(ACK, guest.sequence + FAR + i, guest.expected, "wild").size();
    }
    assertThat(told).isEqualTo(10);
    guest.advance(ChallengeLimit.PERIOD);
    assertTold(answers(TcpHeader.SYN, guest.sequence, 0, ""));
    assertWorks();
  }

  @ParameterizedTest
  @ValueSource(ints = {FAR, -FAR, Integer.MIN_VALUE, 100_000, -100_000})
  void noTimeIsTakenFromASegmentOutsideTheWindow(int offset) throws IOException {
    guest.timestamps = true;
    connect();
    byte[] tomorrow = guest.optionsAt(guest.timestamp() + 86_400_000);
    guest.segment(ACK, guest.sequence + offset, guest.expected, tomorrow, new byte[] {1});
    guest.flush();
    List<Segment> answers = guest.received();
    assertTold(answers);
    assertThat(answers.getFirst().timestamps().orElseThrow().echo()).isEqualTo(guest.timestamp());
    assertWorks();
  }

  @Test
  void noTimeIsTakenFromASegmentBehindAGap() throws IOException {
    guest.timestamps = true;
    connect();
    int now = guest.timestamp();
    byte[] later = guest.optionsAt(now + 1000);
    guest.segment(ACK, guest.sequence + 1, guest.expected, later, new byte[] {'b'});
    guest.flush();
    assertThat(guest.received().getLast().timestamps().orElseThrow().echo()).isEqualTo(now);
  }

  @Test
  void anOldTimestampIsAnsweredAndDropped() throws IOException {
    guest.timestamps = true;
    connect();
    byte[] old = guest.optionsAt(guest.timestamp() - 1);
    guest.segment(ACK, guest.sequence, guest.expected, old, new byte[] {'x'});
    guest.flush();
    assertTold(guest.received());
    assertNothingDelivered();
    assertWorks();
  }

  @Test
  void anyTimestampIsNewAfterTwentyFourDays() throws IOException {
    guest.timestamps = true;
    connect();
    guest.advance(Timestamps.LIFE);
    guest.received();
    byte[] wrapped = guest.optionsAt(guest.timestamp() - Integer.MAX_VALUE);
    guest.segment(ACK, guest.sequence, guest.expected, wrapped, new byte[] {'x'});
    guest.flush();
    assertThat(peer.getInputStream().read()).isEqualTo('x');
  }

  @Test
  void aResetIsTakenWithAClosedWindow() throws IOException {
    connect();
    byte[] chunk = new byte[1460];
    // The peer doesn't read: the window closes at last.
    for (Segment last = null; last == null || last.window() > 0; ) {
      int room = Math.min(chunk.length, edge - guest.sequence);
      guest.send(ACK, Arrays.copyOf(chunk, Math.max(1, room)));
      List<Segment> answers = guest.received();
      if (!answers.isEmpty()) {
        last = answers.getLast();
        guest.sequence = last.acknowledgment();
        edge = last.acknowledgment() + (last.window() << 8);
      }
    }
    guest.send(TcpHeader.RST, "");
    assertThat(guest.flows.size()).isZero();
  }
}
