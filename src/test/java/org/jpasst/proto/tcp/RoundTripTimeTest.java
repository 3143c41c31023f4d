package org.jpasst.proto.tcp;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class RoundTripTimeTest {
  private static final long SECOND = SECONDS.toNanos(1);

  private final RoundTripTime time = new RoundTripTime();
  private int sequence = -3000;
  private long now = 5 * SECOND;

  private void measure(long nanos) {
    sequence += 1000;
    time.sent(sequence, now);
    now += nanos;
    assertThat(time.received(sequence, now)).as("what is told of it").isEqualTo(Math.max(1, nanos));
    assertThat(time.received(sequence, now)).as("once").isEqualTo(RoundTripTime.UNTIMED);
  }

  @Test
  void theTimeOutIsASecondBeforeAnythingWasMeasured() {
    assertThat(time.timeout(0)).isEqualTo(SECOND);
    time.repeatHandshake();
    assertThat(time.timeout(0)).isEqualTo(3 * SECOND);
    measure(MILLISECONDS.toNanos(100));
    assertThat(time.timeout(0)).isEqualTo(MILLISECONDS.toNanos(300));
  }

  @Test
  void theFirstMeasurementCountsWhole() {
    long r = MILLISECONDS.toNanos(80);
    measure(r);
    assertThat(time.smoothed()).isEqualTo(r);
    assertThat(time.variation()).isEqualTo(r / 2);
    assertThat(time.timeout(0)).isEqualTo(3 * r);
  }

  @Test
  void laterMeasurementsAreWeighedAsRfc6298Says() {
    var random = new Random(6298);
    double srtt = 0;
    double rttvar = 0;
    for (int i = 0; i < 10_000; i++) {
      long r = MICROSECONDS.toNanos(20 + random.nextInt(1 << random.nextInt(1, 21)));
      measure(r);
      rttvar = i == 0 ? r / 2.0 : 0.75 * rttvar + 0.25 * Math.abs(srtt - r);
      srtt = i == 0 ? r : 0.875 * srtt + 0.125 * r;
      assertThat((double) time.smoothed()).isCloseTo(srtt, within(50.0));
      assertThat((double) time.variation()).isCloseTo(rttvar, within(50.0));
      assertThat((double) time.timeout(0))
          .isCloseTo(Math.max(MILLISECONDS.toNanos(200), srtt + 4 * rttvar), within(300.0));
    }
  }

  @Test
  void aGuestNextDoorGetsTwoHundredMilliseconds() {
    measure(0);
    assertThat(time.timeout(0)).isEqualTo(MILLISECONDS.toNanos(200));
    measure(MICROSECONDS.toNanos(30));
    assertThat(time.timeout(0)).isEqualTo(MILLISECONDS.toNanos(200));
  }

  @Test
  void itDoublesEachTimeUpToTwoMinutes() {
    measure(MICROSECONDS.toNanos(30));
    long expected = MILLISECONDS.toNanos(200);
    for (int doublings = 0; doublings < 100; doublings++) {
      assertThat(time.timeout(doublings)).isEqualTo(expected);
      expected = Math.min(SECONDS.toNanos(120), 2 * expected);
    }
  }

  @Test
  void onlyOneSegmentIsTimedAtOnce() {
    time.sent(1000, now);
    time.sent(2000, now + 500);
    time.received(999, now + 700);
    assertThat(time.smoothed()).isZero();
    time.received(2000, now + 900);
    assertThat(time.smoothed()).isEqualTo(900);
  }

  @Test
  void aRepeatedSegmentIsNotMeasured() {
    time.sent(1000, now);
    time.sentAgain(0);
    time.received(1000, now + 900);
    assertThat(time.smoothed()).isZero();

    time.sent(2000, now);
    time.sentAgain(2000);
    time.received(2000, now + 900);
    assertThat(time.smoothed()).as("what was repeated came later").isEqualTo(900);
  }

  @Test
  void measuringGoesOnWhereNumbersWrap() {
    time.sent(5, now);
    time.received(-5, now + 100);
    assertThat(time.smoothed()).isZero();
    time.received(5, now + 300);
    assertThat(time.smoothed()).isEqualTo(300);
  }

  @Test
  void aProbeWaitsForTwoRoundTripsAndNeverLessThanTenMilliseconds() {
    measure(MICROSECONDS.toNanos(30));
    assertThat(time.probeTimeout()).isEqualTo(MILLISECONDS.toNanos(10));
    for (int i = 0; i < 200; i++) {
      measure(MILLISECONDS.toNanos(50));
    }
    assertThat((double) time.probeTimeout()).isCloseTo(MILLISECONDS.toNanos(100), within(1000.0));
    assertThat(time.probeTimeout()).isLessThan(time.timeout(0));
  }
}
