package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The guest's segments after the end of a connection that its peer closed first. */
@Timeout(60)
@ParameterizedClass(name = "timestamps {0}")
@ValueSource(booleans = {false, true})
final class TimeWaitTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int SYN = TcpHeader.SYN;
  private static final int RST = TcpHeader.RST;
  private static final int FIN_ACK = TcpHeader.FIN | TcpHeader.ACK;
  private static final int SYN_ACK = TcpHeader.SYN | TcpHeader.ACK;

  @Parameter boolean timestamps;

  private ScriptedGuest guest;
  private ServerSocket server;

  /** The guest's number behind its FIN; the last timestamp that it sent. */
  private int end;

  private int lastTime;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
    guest.timestamps = timestamps;
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    guest.close();
    server.close();
  }

  private List<Segment> answers(int flags, int sequence, String text) {
    return answers(flags, sequence, text, guest.options());
  }

  private List<Segment> answers(int flags, int sequence, String text, byte[] options) {
    byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
    int ack = (flags & ACK) != 0 ? guest.expected : 0;
    guest.segment(flags, sequence, ack, options, payload);
    guest.flush();
    return guest.received();
  }

  /** One segment tells where we are. */
  private void assertTold(List<Segment> answers) {
    assertThat(answers).hasSize(1);
    Segment answer = answers.getFirst();
    assertThat(answer.flags()).isEqualTo(ACK);
    assertThat(answer.sequence()).isEqualTo(guest.expected);
    assertThat(answer.acknowledgment()).isEqualTo(end);
    assertThat(answer.timestamps().map(Segment.Timestamps::echo).isPresent()).isEqualTo(timestamps);
    answer.timestamps().ifPresent(each -> assertThat(each.echo()).isEqualTo(lastTime));
  }

  private void assertRefused(List<Segment> answers) {
    assertThat(answers).hasSize(1);
    assertThat(answers.getFirst().has(RST)).isTrue();
  }

  /** The peer closes, then the guest; all of it is acknowledged. */
  private void peerCloses() throws IOException {
    guest.connect(server.getLocalPort());
    try (Socket peer = server.accept()) {
      peer.shutdownOutput();
      assertThat(guest.expect().has(TcpHeader.FIN)).isTrue();
      guest.expected++;
      guest.send(FIN_ACK, "bye");
      assertThat(peer.getInputStream().readAllBytes()).asString().isEqualTo("bye");
    }
    end = guest.sequence;
    lastTime = guest.timestamp();
    assertThat(guest.flows.size()).isZero();
    assertThat(guest.received()).hasSize(1);
  }

  private Segment opened(List<Segment> answers, int sequence) throws IOException {
    Segment synAck = answers.isEmpty() ? guest.expect() : answers.getFirst();
    assertThat(synAck.flags()).isEqualTo(SYN_ACK);
    assertThat(synAck.acknowledgment()).isEqualTo(sequence + 1);
    server.accept().close();
    return synAck;
  }

  private void assertOpens(List<Segment> answers, int sequence) throws IOException {
    int initial = opened(answers, sequence).sequence();
    assertThat(initial - guest.expected).as("beyond the last one's").isPositive();
  }

  @Test
  void aRepeatedFinIsAcknowledgedForAMinute() throws IOException {
    peerCloses();
    assertTold(answers(FIN_ACK, end - 1, ""));
    assertTold(answers(FIN_ACK, end - 4, "bye"));
    guest.advance(TimeUnit.SECONDS.toNanos(59));
    assertTold(answers(FIN_ACK, end - 1, ""));
    guest.advance(TimeUnit.SECONDS.toNanos(59));
    assertTold(answers(FIN_ACK, end - 1, ""));
    guest.advance(TimeWait.LENGTH);
    assertRefused(answers(FIN_ACK, end - 1, ""));
  }

  @Test
  void repeatedFinsLeaveTheRoomOfAnswersOfArpToThose() throws IOException {
    peerCloses();
    guest.sink.setControlRoom(false);
    assertThat(answers(FIN_ACK, end - 1, "")).isEmpty();
    guest.sink.setControlRoom(true);
    assertTold(answers(FIN_ACK, end - 1, ""));
  }

  @Test
  void aRepeatedFinIsAcknowledgedAfterBothClosedAtOnce() throws IOException {
    guest.connect(server.getLocalPort());
    try (Socket peer = server.accept()) {
      peer.shutdownOutput();
      assertThat(guest.expect().has(TcpHeader.FIN)).isTrue();
      guest.send(FIN_ACK, "");
      end = guest.sequence;
      lastTime = guest.timestamp();
      assertThat(guest.received().getLast().acknowledgment()).isEqualTo(end);
      guest.expected++;
      guest.send(ACK, "");
    }
    assertThat(guest.flows.size()).isZero();
    assertTold(answers(FIN_ACK, end - 1, ""));
  }

  @Test
  void afterTheGuestsOwnCloseWeRememberNothing() throws IOException {
    guest.connect(server.getLocalPort());
    try (Socket peer = server.accept()) {
      guest.send(FIN_ACK, "");
      guest.expect();
      peer.shutdownOutput();
      assertThat(guest.expect().has(TcpHeader.FIN)).isTrue();
      guest.expected++;
      guest.send(ACK, "");
    }
    assertThat(guest.flows.size()).isZero();
    assertRefused(answers(FIN_ACK, guest.sequence - 1, ""));
  }

  @Test
  void aFinRepeatedInTheSameBatchIsAcknowledged() throws IOException {
    guest.connect(server.getLocalPort());
    try (Socket peer = server.accept()) {
      peer.shutdownOutput();
      assertThat(guest.expect().has(TcpHeader.FIN)).isTrue();
      guest.expected++;
      end = guest.sequence + 1;
      for (int i = 0; i < 2; i++) {
        guest.segment(FIN_ACK, guest.sequence, guest.expected, guest.options(), new byte[0]);
      }
      guest.flush();
      List<Segment> answers = guest.received();
      assertThat(answers).allMatch(each -> each.flags() == ACK && each.acknowledgment() == end);
    }
  }

  @Test
  void aPlainAcknowledgmentGetsNoAnswer() throws IOException {
    peerCloses();
    assertThat(answers(ACK, end, "")).isEmpty();
  }

  @Test
  void whatIsNotTheFinAgainIsAnsweredTwiceASecond() throws IOException {
    peerCloses();
    assertTold(answers(ACK, end, "more"));
    for (int i = 0; i < 10; i++) {
      assertThat(answers(ACK, end + i, "more")).isEmpty();
      assertThat(answers(SYN_ACK, end, "")).isEmpty();
    }
    guest.advance(TimeUnit.MILLISECONDS.toNanos(500));
    assertTold(answers(ACK, end - 100, ""));
  }

  @Test
  void theExactResetEndsIt() throws IOException {
    peerCloses();
    assertThat(answers(RST, end + 1, "")).isEmpty();
    assertTold(answers(FIN_ACK, end - 1, ""));
    assertThat(answers(RST, end, "")).isEmpty();
    assertRefused(answers(FIN_ACK, end - 1, ""));
  }

  @Test
  void aSynWithALargerNumberOpensTheNextConnection() throws IOException {
    peerCloses();
    guest.advance(TimeUnit.MILLISECONDS.toNanos(2));
    assertOpens(answers(SYN, end + 1, ""), end + 1);
  }

  /** RFC 6191 section 2, for the guest's next SYN against the last connection. */
  @ParameterizedTest
  @CsvSource({"-5, 1, true", "5, 0, true", "-5, 0, false", "5, -1, false", "-5, -1, false"})
  void amongSynsWithTimestampsTheNewerOpens(int ahead, int later, boolean opens)
      throws IOException {
    guest.timestamps = true;
    peerCloses();
    byte[] options = guest.optionsAt(lastTime + later);
    List<Segment> answers = answers(SYN, end + ahead, "", options);
    if (opens) {
      assertOpens(answers, end + ahead);
    } else {
      assertThat(answers).hasSize(1);
      assertThat(answers.getFirst().flags()).isEqualTo(ACK);
      assertThat(answers.getFirst().acknowledgment()).isEqualTo(end);
      // A guest that has forgotten the old one says so, and opens by its next attempt.
      assertThat(answers(RST, end, "")).isEmpty();
      opened(answers(SYN, end + ahead, "", options), end + ahead);
    }
  }

  @Test
  void aSynWithASmallerNumberIsChallenged() throws IOException {
    guest.timestamps = false;
    peerCloses();
    List<Segment> answers = answers(SYN, end - 1000, "", new byte[0]);
    assertThat(answers).hasSize(1);
    assertThat(answers.getFirst().flags()).isEqualTo(ACK);
    assertThat(answers.getFirst().acknowledgment()).isEqualTo(end);
    assertThat(guest.flows.size()).isZero();
  }

  @Test
  void aSynRightBehindTheFinThatEndsTheConnectionOpensTheNext() throws IOException {
    guest.connect(server.getLocalPort());
    try (Socket peer = server.accept()) {
      peer.shutdownOutput();
      assertThat(guest.expect().has(TcpHeader.FIN)).isTrue();
      guest.expected++;
      guest.segment(FIN_ACK, guest.sequence, guest.expected, guest.options(), new byte[0]);
      guest.segment(SYN, guest.sequence + 5, 0, guest.options(), new byte[0]);
      guest.flush();
      assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence + 1);
      assertOpens(List.of(), guest.sequence + 5);
    }
  }

  @Test
  void anInboundConnectionIsRememberedAsWell() throws IOException {
    try (Socket client = guest.connectClient()) {
      guest.acceptClient();
      guest.expect();
      client.shutdownOutput();
      assertThat(guest.expect().has(TcpHeader.FIN)).isTrue();
      guest.expected++;
      guest.send(FIN_ACK, "");
    }
    end = guest.sequence;
    lastTime = guest.timestamp();
    assertThat(guest.received()).isNotEmpty();
    assertTold(answers(FIN_ACK, end - 1, ""));
    assertThat(guest.flows.size()).isZero();
  }
}
