package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class PeekPaceTest {
  private static final int MEGABYTE = 1 << 20;

  private final PeekPace pace = new PeekPace();
  private int inFlight;

  private void look(long micros, int bytes) {
    pace.looked(TimeUnit.MICROSECONDS.toNanos(micros), bytes, inFlight);
  }

  @Test
  void nothingIsLimitedWhileLookingIsCheap() {
    look(150, MEGABYTE);
    assertThat(pace.room(inFlight)).isGreaterThanOrEqualTo(TcpSettings.MAX_PACKET * 250);
  }

  @Test
  void slowLooksMakeLessStayInFlightDownToABoundThatHoldsASegment() {
    inFlight = 2 * MEGABYTE;
    look(5000, MEGABYTE);
    look(5000, MEGABYTE);
    assertThat(pace.room(inFlight)).isNegative();
    for (int i = 0; i < 20; i++) {
      look(5000, MEGABYTE / 16);
    }
    inFlight = 0;
    assertThat(pace.room(inFlight)).isGreaterThan(TcpSettings.MAX_PACKET);
  }

  @Test
  void oneInterruptionChangesNothing() {
    look(10_000, MEGABYTE);
    look(20, MEGABYTE / 16);
    look(10_000, MEGABYTE);
    assertThat(pace.room(inFlight)).isEqualTo(PeekPace.UNLIMITED);
  }

  @Test
  void theLimitIsForgottenWhenLookingIsCheapAgain() {
    look(10_000, MEGABYTE);
    look(10_000, MEGABYTE);
    for (int i = 0; i < 20; i++) {
      look(20, MEGABYTE / 16);
    }
    assertThat(pace.room(inFlight)).isEqualTo(PeekPace.UNLIMITED);
  }

  @Test
  void aShortLookIsNeverSuspicious() {
    look(100, 1);
    assertThat(pace.room(inFlight)).isEqualTo(PeekPace.UNLIMITED);
  }
}
