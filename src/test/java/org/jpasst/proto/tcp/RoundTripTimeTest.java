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

  private final TcpConnection c = new TcpConnection(null);
  private int sequence = -3000;
  private long now = 5 * SECOND;

  private void measure(long nanos) {
    sequence += 1000;
    RoundTripTime.sent(c, sequence, now);
    now += nanos;
    RoundTripTime.received(c, sequence, now);
  }

  @Test
  void theTimeOutIsASecondBeforeAnythingWasMeasured() {
    assertThat(RoundTripTime.timeout(c)).isEqualTo(SECOND);
    c.handshakeRetried = true;
    assertThat(RoundTripTime.timeout(c)).isEqualTo(3 * SECOND);
    measure(MILLISECONDS.toNanos(100));
    assertThat(RoundTripTime.timeout(c)).isEqualTo(MILLISECONDS.toNanos(300));
  }

  @Test
  void theFirstMeasurementCountsWhole() {
    long r = MILLISECONDS.toNanos(80);
    measure(r);
    assertThat(c.srtt).isEqualTo(r);
    assertThat(c.rttvar).isEqualTo(r / 2);
    assertThat(RoundTripTime.timeout(c)).isEqualTo(3 * r);
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
      assertThat((double) c.srtt).isCloseTo(srtt, within(50.0));
      assertThat((double) c.rttvar).isCloseTo(rttvar, within(50.0));
      assertThat((double) RoundTripTime.timeout(c))
          .isCloseTo(Math.max(MILLISECONDS.toNanos(200), srtt + 4 * rttvar), within(300.0));
    }
  }

  @Test
  void aGuestNextDoorGetsTwoHundredMilliseconds() {
    measure(0);
    assertThat(RoundTripTime.timeout(c)).isEqualTo(MILLISECONDS.toNanos(200));
    measure(MICROSECONDS.toNanos(30));
    assertThat(RoundTripTime.timeout(c)).isEqualTo(MILLISECONDS.toNanos(200));
  }

  @Test
  void itDoublesEachTimeUpToTwoMinutes() {
    measure(MICROSECONDS.toNanos(30));
    long expected = MILLISECONDS.toNanos(200);
    for (c.backoff = 0; c.backoff < 100; c.backoff++) {
      assertThat(RoundTripTime.timeout(c)).isEqualTo(expected);
      expected = Math.min(SECONDS.toNanos(120), 2 * expected);
    }
  }

  @Test
  void onlyOneSegmentIsTimedAtOnce() {
    RoundTripTime.sent(c, 1000, now);
    RoundTripTime.sent(c, 2000, now + 500);
    RoundTripTime.received(c, 999, now + 700);
    assertThat(c.srtt).isZero();
    RoundTripTime.received(c, 2000, now + 900);
    assertThat(c.srtt).isEqualTo(900);
  }

  @Test
  void aRepeatedSegmentIsNotMeasured() {
    RoundTripTime.sent(c, 1000, now);
    RoundTripTime.sentAgain(c, 0);
    RoundTripTime.received(c, 1000, now + 900);
    assertThat(c.srtt).isZero();

    RoundTripTime.sent(c, 2000, now);
    RoundTripTime.sentAgain(c, 2000);
    RoundTripTime.received(c, 2000, now + 900);
    assertThat(c.srtt).as("what was repeated came later").isEqualTo(900);
  }

  @Test
  void measuringGoesOnWhereNumbersWrap() {
    RoundTripTime.sent(c, 5, now);
    RoundTripTime.received(c, -5, now + 100);
    assertThat(c.srtt).isZero();
    RoundTripTime.received(c, 5, now + 300);
    assertThat(c.srtt).isEqualTo(300);
  }

  @Test
  void aProbeWaitsForTwoRoundTripsAndNeverLessThanTenMilliseconds() {
    measure(MICROSECONDS.toNanos(30));
    assertThat(RoundTripTime.probeTimeout(c)).isEqualTo(MILLISECONDS.toNanos(10));
    for (int i = 0; i < 200; i++) {
      measure(MILLISECONDS.toNanos(50));
    }
    assertThat((double) RoundTripTime.probeTimeout(c))
        .isCloseTo(MILLISECONDS.toNanos(100), within(1000.0));
    assertThat(RoundTripTime.probeTimeout(c)).isLessThan(RoundTripTime.timeout(c));
  }
}
