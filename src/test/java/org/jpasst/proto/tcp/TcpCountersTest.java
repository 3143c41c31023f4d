package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.stats.Counter;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator can read of a connection's troubles: each is counted once. */
final class TcpCountersTest {
  private static final int ACK = TcpHeader.ACK;
  private static final byte[] FOUR = {1, 2, 3, 4};

  @AutoClose private ScriptedGuest guest;
  @AutoClose private Socket peer;

  @BeforeEach
  void connect() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
    peer = guest.connected();
  }

  private void assertOne(Counter counter) {
    assertThat(guest.counters.value(counter)).isOne();
  }

  private void segment(int flags, int sequence) {
    guest.segment(flags, sequence, guest.expected, guest.options(), FOUR);
    guest.flush();
  }

  @Test
  void aSegmentBehindAGapIsOutOfOrder() {
    segment(ACK, guest.sequence + 4);
    assertOne(Counter.TCP_OUT_OF_ORDER);
  }

  @Test
  void aSegmentThatWasTakenIsADuplicate() {
    guest.send(ACK, FOUR);
    segment(ACK, guest.sequence - 4);
    assertOne(Counter.TCP_DUPLICATE);
  }

  @Test
  void aSegmentBehindTheWindowIsOutside() {
    segment(ACK, guest.sequence + (1 << 30));
    assertOne(Counter.TCP_OUT_OF_WINDOW);
  }

  @Test
  void aSegmentWithoutAnAcknowledgmentIsMalformed() {
    segment(0, guest.sequence);
    assertOne(Counter.DROP_TCP_HEADER);
  }

  @Test
  void aSegmentOfNoConnectionHasNoFlow() {
    guest.peerPort++;
    segment(ACK, guest.sequence);
    assertOne(Counter.TCP_NO_FLOW);
  }

  @Test
  void dataThatTheGuestDoesNotAcknowledgeIsSentAgain() throws IOException {
    peer.getOutputStream().write(FOUR);
    guest.expectText();
    guest.advance(TimeUnit.SECONDS.toNanos(2));
    guest.expectText();
    assertOne(Counter.TCP_RETRANSMITS);
  }
}
