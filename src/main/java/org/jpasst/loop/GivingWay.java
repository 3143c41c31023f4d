package org.jpasst.loop;

import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Whether to give up the processor before the next wait. It lets those run first who have more for
 * us: turns get fewer and larger, and each costs four system calls. That pays for bulk traffic. One
 * who waits for an answer pays for it: with a system call, and on a busy host with the time that
 * others take. So it goes by what the last turns moved. docs/performance.md.
 */
final class GivingWay {
  /** Bytes that a turn moves at least, in the mean of the last ones, for it to pay. */
  private static final long BULK = 2048;

  /** The mean is over some eight turns. */
  private static final int SHIFT = 3;

  private final Counters counters;
  private long moved;
  private long meanEighths;

  GivingWay(Counters counters) {
    this.counters = counters;
  }

  /** A turn is over in which something happened. */
  void turned() {
    long total = counters.value(Counter.BYTES_FROM_GUEST) + counters.value(Counter.BYTES_TO_GUEST);
    meanEighths += total - moved - (meanEighths >> SHIFT);
    moved = total;
  }

  boolean pays() {
    return meanEighths >> SHIFT >= BULK;
  }
}
