package org.jpasst.guest.capture;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Microseconds since 1970, counted on from one look at the calendar by the monotonic clock. */
final class WallClock {
  private final LongSupplier nanos;
  private final long startNanos;
  private final long startMicros;

  WallClock(LongSupplier nanos) {
    this.nanos = nanos;
    startNanos = nanos.getAsLong();
    startMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
  }

  long micros() {
    return startMicros + TimeUnit.NANOSECONDS.toMicros(nanos.getAsLong() - startNanos);
  }
}
