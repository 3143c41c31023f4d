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
import org.jpasst.wire.TcpOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The handshake with the guest, where it doesn't go the usual way. */
@Timeout(60)
final class TcpHandshakeTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int SYN = TcpHeader.SYN;
  private static final int RST = TcpHeader.RST;
  private static final int FIN = TcpHeader.FIN;
  private static final int SYN_ACK = SYN | ACK;
  private static final int FIRST = 1000;

  private ScriptedGuest guest;
  private ServerSocket server;

  /** Our initial sequence number. */
  private int ours;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    guest.peerPort = server.getLocalPort();
  }

  @AfterEach
  void close() throws IOException {
    guest.close();
    server.close();
  }

  private void send(int flags, int sequence, int ack, String text) {
    send(flags, sequence, ack, text, new byte[0]);
  }

  private void send(int flags, int sequence, int ack, String text, byte[] options) {
    guest.segment(flags, sequence, ack, options, text.getBytes(StandardCharsets.US_ASCII));
    guest.flush();
  }

  /** A client of the host connects, and the guest has not answered our SYN. */
  private Socket synSent() throws IOException {
    Socket client = guest.connectClient();
    Segment syn = guest.expect();
    assertThat(syn.flags()).isEqualTo(SYN);
    ours = syn.sequence();
    return client;
  }

  /** The guest has been sent a SYN-ACK. */
  private Socket synReceived() throws IOException {
    send(SYN, FIRST, 0, "");
    Segment synAck = guest.expect();
    assertThat(synAck.flags()).isEqualTo(SYN_ACK);
    ours = synAck.sequence();
    return server.accept();
  }

  private void assertCarries(Socket peer) throws IOException {
    guest.sequence = FIRST + 1;
    guest.expected = ours + 1;
    send(ACK, FIRST + 1, ours + 1, "there");
    assertThat(peer.getInputStream().readNBytes(5)).asString().isEqualTo("there");
    assertThat(guest.received().getLast().acknowledgment()).isEqualTo(FIRST + 6);
    peer.getOutputStream().write("back".getBytes(StandardCharsets.US_ASCII));
    assertThat(guest.expectText().text()).isEqualTo("back");
  }

  private void assertTold(List<Segment> answers, int flags, int sequence, int ack) {
    assertThat(answers).hasSize(1);
    assertThat(answers.getFirst().flags()).isEqualTo(flags);
    assertThat(answers.getFirst().sequence()).isEqualTo(sequence);
    assertThat(answers.getFirst().acknowledgment()).isEqualTo(ack);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void twoSynsThatMeetOpenOneConnection(boolean guestAnswersBySynAck) throws IOException {
    try (Socket client = synSent()) {
      send(SYN, FIRST, 0, "");
      Segment synAck = guest.expect();
      assertThat(synAck.flags()).isEqualTo(SYN_ACK);
      assertThat(synAck.sequence()).isEqualTo(ours);
      assertThat(synAck.acknowledgment()).isEqualTo(FIRST + 1);
      assertThat(synAck.window()).isPositive();
      assertThat(TcpOptions.windowScale(synAck.options())).as("not in the SYN").isNegative();
      if (guestAnswersBySynAck) {
        send(SYN_ACK, FIRST, ours + 1, "");
        assertTold(guest.received(), ACK, ours + 1, FIRST + 1);
      }
      assertCarries(client);
      assertThat(guest.flows.size()).isEqualTo(1);
    }
  }

  @Test
  void theSynAckOfASimultaneousOpenIsRepeated() throws IOException {
    try (Socket _ = synSent()) {
      send(SYN, FIRST, 0, "");
      byte[] first = guest.expect().frame();
      guest.advance(1_005_000_000L);
      assertThat(guest.expect().frame()).isEqualTo(first);
      send(SYN, FIRST, 0, "");
      assertThat(guest.expect().frame()).isEqualTo(first);
    }
  }

  @Test
  void aGuestThatRefusesAfterASimultaneousOpenResetsThePeer() throws IOException {
    try (Socket client = synSent()) {
      send(SYN, FIRST, 0, "");
      guest.expect();
      send(RST, FIRST + 1, 0, "");
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
      assertThat(guest.flows.size()).isZero();
    }
  }

  @Test
  void dataInASynAckIsTaken() throws IOException {
    try (Socket client = synSent()) {
      send(SYN_ACK, FIRST, ours + 1, "hello", guest.options());
      assertTold(guest.received(), ACK, ours + 1, FIRST + 6);
      assertThat(client.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "all of it"})
  void aFinInASynAckIsTaken(String text) throws IOException {
    try (Socket client = synSent()) {
      send(SYN_ACK | FIN, FIRST, ours + 1, text);
      assertTold(guest.received(), ACK, ours + 1, FIRST + 2 + text.length());
      assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo(text);
      client.getOutputStream().write("still open".getBytes(StandardCharsets.US_ASCII));
      assertThat(guest.expectText().text()).isEqualTo("still open");
    }
  }

  @Test
  void theWindowOfASynAckIsNotScaled() throws IOException {
    guest.windowScale = 10;
    guest.window = 100;
    try (Socket client = guest.connectClient()) {
      guest.acceptClient();
      client.getOutputStream().write(new byte[1000]);
      int sent = 0;
      for (Segment each : guest.received()) {
        sent += each.payload().length;
      }
      assertThat(sent).isLessThanOrEqualTo(100);
    }
  }

  @Test
  void aSynAckOfAnotherNumberIsResetAndTheSynStands() throws IOException {
    try (Socket client = synSent()) {
      send(SYN_ACK, FIRST, ours, "");
      assertTold(guest.received(), RST, ours, 0);
      send(SYN_ACK, FIRST, ours + 2, "");
      assertTold(guest.received(), RST, ours + 2, 0);
      send(SYN_ACK, FIRST, ours + 1, "");
      assertTold(guest.received(), ACK, ours + 1, FIRST + 1);
      assertCarries(client);
    }
  }

  @Test
  void whatIsNeitherSynNorResetIsNoAnswerToASyn() throws IOException {
    try (Socket client = synSent()) {
      send(ACK, FIRST, ours + 1, "text");
      send(RST, FIRST, 0, "");
      send(RST | ACK, FIRST, ours, "");
      assertThat(guest.received()).isEmpty();
      send(SYN_ACK, FIRST, ours + 1, "");
      assertTold(guest.received(), ACK, ours + 1, FIRST + 1);
      assertCarries(client);
    }
  }

  @Test
  void aHalfOpenConnectionIsResetByTheExactNumberOnly() throws IOException {
    try (Socket peer = synReceived()) {
      send(RST, FIRST + 2, 0, "");
      assertTold(guest.received(), ACK, ours + 1, FIRST + 1);
      send(RST, FIRST, 0, "");
      assertThat(guest.received()).isEmpty();
      assertThat(guest.flows.size()).isEqualTo(1);
      send(RST, FIRST + 1, 0, "");
      assertThat(guest.flows.size()).isZero();
      assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aWildSegmentDoesNotEndAHandshake() throws IOException {
    try (Socket peer = synReceived()) {
      send(ACK, FIRST + (1 << 30), ours + 1, "");
      assertTold(guest.received(), ACK, ours + 1, FIRST + 1);
      send(SYN, FIRST + 77, 0, "");
      assertTold(guest.received(), ACK, ours + 1, FIRST + 1);
      assertCarries(peer);
    }
  }

  @Test
  void anAcknowledgmentOfAnotherNumberIsResetAndTheHandshakeGoesOn() throws IOException {
    try (Socket peer = synReceived()) {
      send(ACK, FIRST + 1, ours + 2, "");
      assertTold(guest.received(), RST, ours + 2, 0);
      send(ACK, FIRST + 1, ours, "");
      assertTold(guest.received(), RST, ours, 0);
      assertCarries(peer);
    }
  }
}
