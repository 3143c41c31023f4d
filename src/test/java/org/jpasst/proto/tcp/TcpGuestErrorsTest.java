package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.proto.icmp.ErrorFrames;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A guest that is a router for somebody, who has a narrower link. */
@Timeout(60)
final class TcpGuestErrorsTest {
  private static final int HEADERS = 40;
  private static final int MSS = 1460;
  private static final int SEGMENTS = 4;

  private final byte[] data = new byte[SEGMENTS * MSS];
  private ScriptedGuest guest;
  private Socket peer;
  private List<Segment> sent;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
    peer = guest.connected();
    new Random(1).nextBytes(data);
    sent = send();
    assertThat(sent).hasSize(SEGMENTS).allMatch(each -> each.payload().length == MSS);
  }

  @AfterEach
  void close() throws IOException {
    peer.close();
    guest.close();
  }

  /** Has the peer send all of the data. */
  private List<Segment> send() throws IOException {
    peer.getOutputStream().write(data);
    return take();
  }

  /** The segments that carry all of the data, and are there without waiting for a timer. */
  private List<Segment> take() {
    int first = guest.expected;
    List<Segment> segments = guest.received();
    guest.until(
        () -> {
          segments.addAll(guest.received());
          return segments.stream().anyMatch(each -> each.end() - first == data.length);
        });
    byte[] taken = new byte[data.length];
    for (Segment each : segments) {
      System.arraycopy(each.payload(), 0, taken, each.sequence() - first, each.payload().length);
    }
    assertThat(taken).isEqualTo(data);
    return segments;
  }

  private void tooBig(Segment segment, int mtu) {
    Frame error = ErrorFrames.tooBig(Frame.of(segment.frame()), mtu);
    guest.tcp.onError(ErrorFrames.error(error), guest.now());
    guest.flush();
  }

  private void acknowledgeAll() {
    guest.expected += data.length;
    guest.acknowledge(guest.expected);
  }

  private static int longest(List<Segment> segments) {
    return segments.stream().mapToInt(each -> each.payload().length).max().orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"1400, 1400", "68, 68", "1, 68", "0, 1492"})
  void whatIsInFlightComesAgainInShorterSegmentsAtOnce(int told, int mtu) throws IOException {
    tooBig(sent.getFirst(), told);
    assertThat(longest(take())).isEqualTo(mtu - HEADERS);
    acknowledgeAll();
    assertThat(longest(send())).isEqualTo(mtu - HEADERS);
    assertThat(guest.counters.value(Counter.ICMP_TOO_BIG)).isOne();
  }

  @Test
  void segmentsGetShorterByAnyOfThoseInFlightButNotLonger() throws IOException {
    tooBig(sent.getLast(), 1400);
    assertThat(longest(take())).isEqualTo(1360);
    tooBig(sent.getLast(), 1450);
    assertThat(guest.received()).isEmpty();
    acknowledgeAll();
    assertThat(longest(send())).isEqualTo(1360);
    assertThat(guest.counters.value(Counter.ICMP_TOO_BIG)).isOne();
    assertThat(guest.counters.value(Counter.ICMP_SOFT)).isOne();
  }

  @Test
  void anyNumberOfErrorsInABatchHasTheDataSentAgainOnce() {
    for (int mtu = 1499; mtu >= 1400; mtu--) {
      Frame error = ErrorFrames.tooBig(Frame.of(sent.getFirst().frame()), mtu);
      guest.tcp.onError(ErrorFrames.error(error), guest.now());
    }
    guest.flush();
    List<Segment> again = take();
    assertThat(again.stream().mapToInt(each -> each.payload().length).sum()).isEqualTo(data.length);
    assertThat(longest(again)).isEqualTo(1360);
  }

  @Test
  void whatWasNotSentOrHasArrivedTellsNothing() throws IOException {
    Segment first = sent.getFirst();
    for (int number : List.of(first.sequence() - 1, first.sequence() + data.length)) {
      byte[] forged = first.frame().clone();
      for (int i = 0; i < 4; i++) {
        forged[14 + 20 + 4 + i] = (byte) (number >>> 24 - 8 * i);
      }
      guest.tcp.onError(ErrorFrames.error(ErrorFrames.tooBig(Frame.of(forged), 1000)), 0);
    }
    byte[] ofNobody = first.frame().clone();
    ofNobody[14 + 20 + 2] ^= 1;
    guest.tcp.onError(ErrorFrames.error(ErrorFrames.tooBig(Frame.of(ofNobody), 1000)), 0);
    acknowledgeAll();
    tooBig(first, 1000);
    assertThat(guest.counters.value(Counter.DROP_ICMP_QUOTE)).isEqualTo(4);
    assertThat(longest(send())).isEqualTo(MSS);
    assertThat(guest.received()).isEmpty();
  }

  @Test
  void selectiveAcknowledgmentsOfBeforeDoNotConfuseWhatIsSentAgain() throws IOException {
    guest.close();
    guest = new ScriptedGuest(new LinuxSockets());
    guest.sack = true;
    peer = guest.connected();
    sent = send();
    int first = guest.expected;
    Segment last = sent.getLast();
    guest.acknowledge(first, last.sequence(), last.end());
    tooBig(sent.getFirst(), 1400);
    assertThat(longest(take())).isEqualTo(1360);
    acknowledgeAll();
    guest.send(TcpHeader.ACK, "done");
    assertThat(peer.getInputStream().readNBytes(4)).asString().isEqualTo("done");
    assertThat(Arrays.equals(send().getLast().payload(), new byte[0])).isFalse();
  }
}
