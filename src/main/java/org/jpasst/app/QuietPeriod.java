package org.jpasst.app;

import java.util.concurrent.TimeUnit;

/**
 * When to look at what has changed: not in the middle of a burst of changes, not long after its
 * beginning, and not so often that looking, which takes its time where there are many routes, keeps
 * the loop from its work. Times are nanoseconds of one clock.
 */
final class QuietPeriod {
  /** A host's network comes up in steps, some milliseconds apart. */
  static final long QUIET = TimeUnit.MILLISECONDS.toNanos(100);

  /** Changes that don't end aren't waited for. */
  static final long LONGEST = TimeUnit.SECONDS.toNanos(1);

  /** A tenth of the time may be spent by looking. */
  private static final int SHARE = 10;

  private boolean pending;
  private long first;
  private long earliest = Long.MIN_VALUE;

  /**
   * Something has changed.
   *
   * @return when to look, if nothing else changes before
   */
  long changed(long now) {
    if (!pending) {
      pending = true;
      first = now;
    }
    return Math.max(earliest, Math.min(now + QUIET, first + LONGEST));
  }

  /**
   * It was looked.
   *
   * @param took how long that took
   */
  void looked(long now, long took) {
    pending = false;
    earliest = now + SHARE * took;
  }
}
