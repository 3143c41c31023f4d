package org.jpasst.stats;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** One process's counters. Owned by the loop's thread; reading from elsewhere may lag. */
public final class Counters {
  private static final VarHandle VALUES = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] values = new long[Counter.values().length];
  private FrameObserver observer = FrameObserver.NOBODY;
  private final DurationHistogram guestRoundTrips = new DurationHistogram();

  /** Adds one. */
  public void increment(Counter counter) {
    values[counter.ordinal()]++;
  }

  /**
   * Adds one for a frame that had been shown before and lay in a batch since.
   *
   * @param memory holds the frame's head
   * @param at somewhere in that head
   */
  public void increment(Counter counter, MemorySegment memory, long at) {
    values[counter.ordinal()]++;
    observer.counted(counter, memory, at);
  }

  /** Adds {@code amount}. */
  public void add(Counter counter, long amount) {
    values[counter.ordinal()] += amount;
  }

  /** Round trips between us and the guest's TCP, as measured by RFC 6298. */
  public DurationHistogram guestRoundTrips() {
    return guestRoundTrips;
  }

  /** The present value. */
  public long value(Counter counter) {
    return values[counter.ordinal()];
  }

  /** The same, asked by a thread that doesn't own them: of some time ago. */
  public long valueOfOtherThread(Counter counter) {
    return (long) VALUES.getOpaque(values, counter.ordinal());
  }

  /** Who is told of frames that are counted behind their batch, from now on. */
  public void observe(FrameObserver next) {
    observer = next;
  }
}
