package org.jpasst.stats;

/** One process's counters. Owned by the loop's thread; reading from elsewhere may lag. */
public final class Counters {
  private final long[] values = new long[Counter.values().length];

  /** Adds one. */
  public void increment(Counter counter) {
    values[counter.ordinal()]++;
  }

  /** Adds {@code amount}. */
  public void add(Counter counter, long amount) {
    values[counter.ordinal()] += amount;
  }

  /** The present value. */
  public long value(Counter counter) {
    return values[counter.ordinal()];
  }
}
