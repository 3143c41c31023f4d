package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.flow.SipHash;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PeekPaceTest {
  private static final int MEGABYTE = 1 << 20;

  private long clock;
  private final PeekPace pace = new PeekPace(() -> clock);
  private TcpConnection c;

  @BeforeEach
  void connection() {
    var flows = new FlowTable(new SipHash(1, 2));
    c = new TcpConnection(flows.flow(flows.allocate(FlowType.TCP, 0)));
  }

  private void look(long micros, int bytes) {
    pace.begin();
    clock += TimeUnit.MICROSECONDS.toNanos(micros);
    pace.end(c, bytes);
  }

  @Test
  void nothingIsLimitedWhileLookingIsCheap() {
    look(150, MEGABYTE);
    assertThat(PeekPace.room(c)).isGreaterThanOrEqualTo(TcpSettings.MAX_PACKET * 250);
  }

  @Test
  void slowLooksMakeLessStayInFlightDownToABoundThatHoldsASegment() {
    c.send.sent(2 * MEGABYTE);
    look(5000, MEGABYTE);
    look(5000, MEGABYTE);
    assertThat(PeekPace.room(c)).isNegative();
    for (int i = 0; i < 20; i++) {
      look(5000, MEGABYTE / 16);
    }
    c.send.acknowledge(c.send.nxt());
    assertThat(PeekPace.room(c)).isGreaterThan(TcpSettings.MAX_PACKET);
  }

  @Test
  void oneInterruptionChangesNothing() {
    look(10_000, MEGABYTE);
    look(20, MEGABYTE / 16);
    look(10_000, MEGABYTE);
    assertThat(PeekPace.room(c)).isEqualTo(PeekPace.UNLIMITED);
  }

  @Test
  void theLimitIsForgottenWhenLookingIsCheapAgain() {
    look(10_000, MEGABYTE);
    look(10_000, MEGABYTE);
    for (int i = 0; i < 20; i++) {
      look(20, MEGABYTE / 16);
    }
    assertThat(PeekPace.room(c)).isEqualTo(PeekPace.UNLIMITED);
  }

  @Test
  void aShortLookIsNeverSuspicious() {
    look(100, 1);
    assertThat(PeekPace.room(c)).isEqualTo(PeekPace.UNLIMITED);
  }
}
