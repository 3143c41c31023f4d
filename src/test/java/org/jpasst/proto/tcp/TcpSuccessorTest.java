package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What comes in one batch with the end of a connection, and behind it: it belongs to nobody (RFC
 * 9293 section 3.10.7.1), or opens the next connection of the same addresses and ports.
 */
@Timeout(60)
final class TcpSuccessorTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int SYN = TcpHeader.SYN;
  private static final int RST = TcpHeader.RST;
  private static final int FIN_ACK = TcpHeader.FIN | TcpHeader.ACK;
  private static final int SYN_ACK = TcpHeader.SYN | TcpHeader.ACK;
  private static final int NEXT = 2_000_000;

  private ScriptedGuest guest;
  private ServerSocket server;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    guest.peerPort = server.getLocalPort();
  }

  @AfterEach
  void close() throws IOException {
    guest.close();
    server.close();
  }

  private Socket connected() throws IOException {
    guest.connect(server.getLocalPort());
    return server.accept();
  }

  private void add(int flags, int sequence, int ack) {
    add(flags, sequence, ack, "");
  }

  private void add(int flags, int sequence, int ack, String text) {
    byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
    guest.segment(flags, sequence, ack, new byte[0], payload);
  }

  /** The next segment answers the SYN with {@link #NEXT}, and the connection it opens works. */
  private void assertOpens(int syn) throws IOException {
    Segment synAck = guest.expect();
    assertThat(synAck.flags()).isEqualTo(SYN_ACK);
    assertThat(synAck.acknowledgment()).isEqualTo(syn + 1);
    guest.sequence = syn + 1;
    guest.expected = synAck.sequence() + 1;
    guest.send(ACK, "successor");
    try (Socket peer = server.accept()) {
      assertThat(peer.getInputStream().readNBytes(9)).asString().isEqualTo("successor");
      assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
      peer.getOutputStream().write("answer".getBytes(StandardCharsets.US_ASCII));
      assertThat(guest.expectText().text()).isEqualTo("answer");
    }
    assertThat(guest.flows.size()).isEqualTo(1);
  }

  @Test
  void aSynBehindAResetOpensTheNextConnection() throws IOException {
    try (Socket peer = connected()) {
      add(RST, guest.sequence, 0);
      add(SYN, NEXT, 0);
      guest.flush();
      assertOpens(NEXT);
      assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void dataInFrontOfAResetReachesThePeerAndASynBehindItOpens() throws IOException {
    try (Socket peer = connected()) {
      add(ACK, guest.sequence, guest.expected, "last words");
      add(RST, guest.sequence + 10, 0);
      add(SYN, NEXT, 0);
      guest.flush();
      assertOpens(NEXT);
      assertThat(peer.getInputStream().readNBytes(10)).asString().isEqualTo("last words");
    }
  }

  @Test
  void aSynBehindTheLastAcknowledgmentOpensTheNextConnection() throws IOException {
    try (Socket peer = connected()) {
      guest.send(FIN_ACK, "");
      guest.expect();
      peer.shutdownOutput();
      assertThat(guest.expect().has(TcpHeader.FIN)).isTrue();
      add(ACK, guest.sequence, guest.expected + 1);
      add(SYN, NEXT, 0);
      guest.flush();
      assertOpens(NEXT);
    }
  }

  @Test
  void aSynBehindTheGuestsFinThatEndsTheConnectionOpensTheNext() throws IOException {
    try (Socket peer = connected()) {
      peer.shutdownOutput();
      assertThat(guest.expect().has(TcpHeader.FIN)).isTrue();
      add(FIN_ACK, guest.sequence, guest.expected + 1, "bye");
      add(SYN, NEXT, 0);
      guest.flush();
      assertThat(peer.getInputStream().readAllBytes()).asString().isEqualTo("bye");
      assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence + 4);
      assertOpens(NEXT);
    }
  }

  @Test
  void aSynBehindTheResetOfAnAttemptOpensTheNext() throws IOException {
    add(SYN, 1000, 0);
    add(RST, 1001, 0);
    add(SYN, NEXT, 0);
    guest.flush();
    server.accept().close(); // the kernel took the first attempt
    assertOpens(NEXT);
  }

  @Test
  void anotherSynDuringAnAttemptTakesItsPlace() throws IOException {
    add(SYN, 1000, 0);
    add(SYN, NEXT, 0);
    guest.flush();
    assertOpens(NEXT);
  }

  @Test
  void aRefusalAnswersTheLastSynOfTheAttempt() throws IOException {
    server.close();
    add(SYN, 1000, 0);
    add(SYN, NEXT, 0);
    guest.flush();
    Segment answer = guest.expect();
    assertThat(answer.flags()).isEqualTo(RST | ACK);
    assertThat(answer.acknowledgment()).isEqualTo(NEXT + 1);
    assertThat(guest.flows.size()).isZero();
  }

  @Test
  void aSynBehindTheResetOfAHalfOpenConnectionOpensTheNext() throws IOException {
    guest.sendSyn();
    assertThat(guest.expect().flags()).isEqualTo(SYN_ACK);
    server.accept().close();
    add(RST, guest.sequence, 0);
    add(SYN, NEXT, 0);
    guest.flush();
    assertOpens(NEXT);
  }

  @Test
  void aSynBehindTheResetOfAnInboundConnectionOpensOneOfTheGuests() throws IOException {
    try (Socket client = guest.connectClient()) {
      guest.acceptClient();
      guest.expect();
      add(RST, guest.sequence, 0);
      add(SYN, NEXT, 0);
      guest.flush();
      // Nobody listens at the client's port: that is the answer to the SYN.
      Segment answer = guest.expect();
      assertThat(answer.flags()).isEqualTo(RST | ACK);
      assertThat(answer.acknowledgment()).isEqualTo(NEXT + 1);
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aSynBehindTheRefusalOfAnInboundConnectionOpensOneOfTheGuests() throws IOException {
    try (Socket client = guest.connectClient()) {
      Segment syn = guest.expect();
      add(RST | ACK, 0, syn.sequence() + 1);
      add(SYN, NEXT, 0);
      guest.flush();
      assertThat(guest.expect().acknowledgment()).isEqualTo(NEXT + 1);
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void otherSegmentsBehindTheEndAreRefused() throws IOException {
    try (Socket peer = connected()) {
      add(RST, guest.sequence, 0);
      add(ACK, guest.sequence, 77, "to nobody");
      guest.flush();
      List<Segment> answers = guest.received();
      assertThat(answers).hasSize(1);
      assertThat(answers.getFirst().flags()).isEqualTo(RST);
      assertThat(answers.getFirst().sequence()).isEqualTo(77);
      assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
      assertThat(guest.flows.size()).isZero();
    }
  }

  @Test
  void whatFollowsTheSynBehindTheEndBelongsToTheNewConnection() throws IOException {
    try (Socket peer = connected()) {
      add(RST, guest.sequence, 0);
      add(SYN, NEXT, 0);
      add(SYN, NEXT, 0);
      add(RST, NEXT + 1, 0);
      guest.flush();
      assertThat(guest.received()).isEmpty();
      assertThat(guest.flows.size()).isZero();
      assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 100, 4000})
  void resetsAndSynsInTurnsCostNoMoreThanAFewConnections(int pairs) throws IOException {
    try (Socket _ = connected()) {
      add(RST, guest.sequence, 0);
      for (int i = 0; i < pairs; i++) {
        add(SYN, NEXT + 10 * i, 0);
        add(RST, NEXT + 10 * i + 1, 0);
      }
      guest.flush();
      guest.settle();
      assertThat(guest.flows.size()).isZero();
      assertThat(guest.flows.capacity()).isLessThanOrEqualTo(256);
      guest.flows.reclaim();
      add(SYN, NEXT, 0);
      guest.flush();
      Segment synAck = guest.expect();
      assertThat(synAck.flags()).isEqualTo(SYN_ACK);
      assertThat(synAck.acknowledgment()).isEqualTo(NEXT + 1);
    }
  }
}
