package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.TcpInfo;
import org.jpasst.stats.Counter;
import org.jpasst.stats.DurationHistogram;
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
  void ofAFloodOfSegmentsOfNoConnectionSomeAreAnswered() {
    int port = guest.peerPort++;
    int resets = 0;
    for (int i = 0; i < 20_000; i++) {
      guest.segment(ACK, i, i, new byte[0], FOUR);
      guest.flush();
      resets += guest.sink.frames().size();
      guest.sink.clear();
    }
    assertThat(resets).isEqualTo(10_000);
    assertThat(guest.counters.value(Counter.DROP_RESET_LIMIT)).isEqualTo(10_000);
    guest.advance(TimeUnit.MILLISECONDS.toNanos(1));
    guest.segment(ACK, 1, 1, new byte[0], FOUR);
    guest.flush();
    assertThat(guest.expect().has(TcpHeader.RST)).isTrue();
    // The connection that there is has its own.
    guest.peerPort = port;
    guest.send(ACK, FOUR);
    assertThat(guest.expect().acknowledgment()).isEqualTo(guest.sequence);
  }

  @Test
  void dataThatTheGuestDoesNotAcknowledgeIsSentAgain() throws IOException {
    peer.getOutputStream().write(FOUR);
    guest.expectText();
    guest.advance(TimeUnit.SECONDS.toNanos(2));
    guest.expectText();
    assertOne(Counter.TCP_RETRANSMITS);
  }

  private TcpDetails details() {
    for (int i = 0; i < guest.flows.capacity(); i++) {
      if (guest.flows.flow(i).live()) {
        return guest.tcp.details(i, new TcpInfo());
      }
    }
    throw new AssertionError("no flow");
  }

  @Test
  void bothSidesOfAConnectionTellWhatIsOnItsWay() throws IOException {
    guest.send(ACK, FOUR);
    peer.getInputStream().readNBytes(FOUR.length);
    peer.getOutputStream().write(FOUR);
    guest.expectText();
    TcpDetails details = details();
    assertThat(details.guest().sendQueue()).isEqualTo(FOUR.length);
    assertThat(details.guest().retransmissions()).isZero();
    assertThat(details.guest().receiveQueue()).isZero();
    assertThat(details.host().receiveQueue()).isEqualTo(FOUR.length);
    assertThat(details.host().sendQueue()).isZero();
    assertThat(details.host().roundTrip()).isPositive();
    assertThat(details.host().congestionWindow().orElseThrow()).isGreaterThan(1000);
    guest.advance(TimeUnit.SECONDS.toNanos(2));
    assertThat(details().guest().retransmissions()).isOne();
    segment(ACK, guest.sequence + 10);
    assertThat(details().guest().receiveQueue()).isEqualTo(FOUR.length);
  }

  @Test
  void aRoundTripOfDataIsCountedByItsLength() throws IOException {
    DurationHistogram histogram = guest.counters.guestRoundTrips();
    long before = count(histogram);
    peer.getOutputStream().write(FOUR);
    guest.expectText();
    guest.expected += FOUR.length;
    guest.advance(TimeUnit.MILLISECONDS.toNanos(5));
    guest.send(ACK, "");
    assertThat(count(histogram)).isEqualTo(before + 1);
    assertThat(histogram.sum()).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(5));
  }

  private static long count(DurationHistogram histogram) {
    long count = histogram.beyond();
    for (int i = 0; i < DurationHistogram.size(); i++) {
      count += histogram.count(i);
    }
    return count;
  }
}
