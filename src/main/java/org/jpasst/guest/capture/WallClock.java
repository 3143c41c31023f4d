package org.jpasst.guest.capture;

import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Time since 1970, counted on from one look at the calendar by the monotonic clock. */
final class WallClock {
  private final LongSupplier nanos;
  private final long startNanos;
  private final long sinceEpoch;

  WallClock(LongSupplier nanos) {
    this.nanos = nanos;
    startNanos = nanos.getAsLong();
    Instant start = Instant.now();
    sinceEpoch = TimeUnit.SECONDS.toNanos(start.getEpochSecond()) + start.getNano();
  }

  /** Nanoseconds; a {@code long} has them until 2262. */
  long nanos() {
    return sinceEpoch + nanos.getAsLong() - startNanos;
  }

  long micros() {
    return TimeUnit.NANOSECONDS.toMicros(nanos());
  }
}
