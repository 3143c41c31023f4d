package org.jpasst.proto.tcp;

import java.util.function.LongSupplier;

/** The time that is told to guests: milliseconds, from another origin for each connection. */
final class TimestampClock {
  private static final long NANOS = 1_000_000;

  private final LongSupplier now;

  /**
   * A clock.
   *
   * @param now the turn's time, nanoseconds
   */
  TimestampClock(LongSupplier now) {
    this.now = now;
  }

  /**
   * The value of a connection's next timestamp (RFC 7323 section 4.1).
   *
   * @param offset see {@link Timestamps#offset}
   */
  int value(int offset) {
    return offset + (int) (now.getAsLong() / NANOS);
  }
}
