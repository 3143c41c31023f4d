package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Delayed acknowledgments: RFC 9293 section 3.8.6.3. */
@Timeout(60)
final class DelayedAcknowledgmentTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int EXCHANGES = 8;

  @AutoClose private ScriptedGuest guest;
  private Socket peer;

  @BeforeEach
  void connect() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
    peer = guest.connected();
  }

  private void ask() throws IOException {
    guest.send(ACK | TcpHeader.PSH, "?");
    assertThat(peer.getInputStream().read()).isEqualTo('?');
  }

  private Segment answer() throws IOException {
    peer.getOutputStream().write('!');
    return guest.expectText();
  }

  private void takeTurns() throws IOException {
    for (int i = 0; i < EXCHANGES; i++) {
      ask();
      assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
      answer();
    }
  }

  @Test
  void whereGuestAndPeerTakeTurnsTheAnswerAcknowledgesTheRequest() throws IOException {
    takeTurns();
    for (int i = 0; i < 3; i++) {
      ask();
      guest.settle();
      assertThat(guest.received()).isEmpty();
      assertThat(answer().acknowledgment()).isEqualTo(guest.sequence);
    }
  }

  @Test
  void aRequestThatIsNotAnsweredIsAcknowledgedSoonAndTheNextOneAtOnce() throws IOException {
    takeTurns();
    ask();
    guest.advance(2 * Conversation.PATIENCE); // the timer's ticks are of a millisecond
    assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
    ask();
    assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
  }

  @Test
  void theSecondOfTwoRequestsIsAcknowledgedAtOnce() throws IOException {
    takeTurns();
    ask();
    ask();
    assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
  }

  @Test
  void wholeSegmentsAreAcknowledgedAtOnce() throws IOException {
    takeTurns();
    guest.send(ACK, new byte[1460]);
    assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
  }

  @Test
  void theEndIsAcknowledgedAtOnce() throws IOException {
    takeTurns();
    guest.send(ACK | TcpHeader.FIN, "?");
    assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
  }

  @Test
  void aRequestSentAgainIsAcknowledgedAtOnce() throws IOException {
    takeTurns();
    ask();
    guest.sequence--;
    guest.send(ACK | TcpHeader.PSH, "?");
    assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
  }
}
