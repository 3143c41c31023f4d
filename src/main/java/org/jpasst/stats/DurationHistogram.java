package org.jpasst.stats;

import java.util.concurrent.TimeUnit;

/**
 * How many durations there have been of which length: so many up to each of some bounds, and those
 * beyond the last. Owned by the loop's thread.
 */
public final class DurationHistogram {
  /** 50 µs, 100 µs, 250 µs and so on up to 2.5 s; a guest next door takes some 100 µs. */
  private static final long[] BOUNDS = bounds();

  private final long[] counts = new long[BOUNDS.length + 1];
  private long sum;

  private static long[] bounds() {
    long[] micros = {
      50, 100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
      1_000_000, 2_500_000
    };
    for (int i = 0; i < micros.length; i++) {
      micros[i] = TimeUnit.MICROSECONDS.toNanos(micros[i]);
    }
    return micros;
  }

  /** How many bounds there are. */
  public static int size() {
    return BOUNDS.length;
  }

  /** A bound, nanoseconds; they rise. */
  public static long bound(int index) {
    return BOUNDS[index];
  }

  /** Counts one, of so many nanoseconds. */
  public void add(long nanos) {
    int index = 0;
    while (index < BOUNDS.length && nanos > BOUNDS[index]) {
      index++;
    }
    counts[index]++;
    sum += nanos;
  }

  /** How many were longer than the bound before this one and not longer than this. */
  public long count(int index) {
    return counts[index];
  }

  /** How many were longer than the last bound. */
  public long beyond() {
    return counts[BOUNDS.length];
  }

  /** All of them together, nanoseconds. */
  public long sum() {
    return sum;
  }
}
