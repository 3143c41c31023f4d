package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.Flow;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.flow.Pif;
import org.jpasst.flow.SipHash;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.RecordingSink;
import org.jpasst.proto.AnswerLimit;
import org.jpasst.stats.Counters;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.Test;

/** How much is remembered of connections that have ended. */
final class TimeWaitCapacityTest {
  private static final long NOW = 1_000_000_000L;
  private static final int END = 5000;

  private final FlowTable flows = new FlowTable(new SipHash(1, 2));
  private final Flow flow = flows.flow(flows.allocate(FlowType.TCP, NOW));
  private final TcpConnection connection = new TcpConnection(flow);
  private final MemorySegment reset = MemorySegment.ofArray(new byte[TcpHeader.LENGTH]);
  private final TimeWait timeWait;

  TimeWaitCapacityTest() {
    var configuration = ScriptedGuest.configuration(1500);
    var guest = new GuestAddresses(configuration);
    var clock = new TimestampClock(() -> NOW);
    AnswerLimit limit = AnswerLimit.ofResets(() -> NOW, new Counters());
    timeWait = new TimeWait(new TcpOutput(new RecordingSink(), guest, clock, limit));
    TcpHeader.write(reset, 0, 1, 1, END, 0, TcpHeader.LENGTH, TcpHeader.RST, 0);
  }

  private void name(int number) {
    flow.initiating().set(Pif.GUEST, 0, 1, 1 + number % 60_000, 0, 2, 1 + number / 60_000);
    flows.lookup(FlowType.TCP, flow.initiating());
  }

  private void end(int number, long now) {
    name(number);
    connection.receive.begin(END - 1);
    timeWait.add(connection, now);
  }

  /** Whether it was remembered; from now on it isn't. */
  private boolean forget(int number, long now) {
    name(number);
    return timeWait.take(flow.initiating(), reset, 0, TcpHeader.LENGTH, now);
  }

  private int remembered(int from, int to, long now) {
    int count = 0;
    for (int i = from; i < to; i++) {
      count += forget(i, now) ? 1 : 0;
    }
    return count;
  }

  @Test
  void ofManyTheLatestAreRemembered() {
    int many = 10 * TimeWait.CAPACITY;
    for (int i = 0; i < many; i++) {
      end(i, NOW + i);
    }
    assertThat(remembered(many - 100, many, NOW + many)).isEqualTo(100);
    assertThat(remembered(0, many, NOW + many)).isEqualTo(TimeWait.CAPACITY - 100);
  }

  @Test
  void aFewAreAllRememberedForTheirTime() {
    for (int i = 0; i < 500; i++) {
      end(i, NOW);
    }
    assertThat(remembered(0, 250, NOW + TimeWait.LENGTH - 1)).isEqualTo(250);
    assertThat(remembered(250, 500, NOW + TimeWait.LENGTH)).isZero();
  }

  @Test
  void oneThatEndsAgainTakesItsOwnPlace() {
    for (int i = 0; i < 10; i++) {
      end(1, NOW + i);
    }
    assertThat(forget(1, NOW)).isTrue();
    assertThat(forget(1, NOW)).isFalse();
  }
}
