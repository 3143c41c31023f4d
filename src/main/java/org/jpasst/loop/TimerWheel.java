package org.jpasst.loop;

import java.util.Arrays;

/**
 * Deadlines of numbered timers, one for each: a hierarchical timing wheel (Varghese and Lauck,
 * 1987) in arrays, with 64 slots a level, ticks of 2^20 ns (about 1 ms) at the lowest level and 64
 * times longer ones at each next.
 *
 * <p>Scheduling and cancelling are O(1). Moving a deadline to later, which protocols do for each
 * packet, writes one word: the entry stays where it is and is put right when its slot comes up.
 * Timers never fire early, and at most two ticks late.
 */
public final class TimerWheel {
  /** Answer of {@link #nextDeadline}: nothing is scheduled. */
  public static final long NONE = Long.MAX_VALUE;

  private static final int TICK_SHIFT = 20;
  private static final int LEVEL_BITS = 6;
  private static final int SLOTS = 1 << LEVEL_BITS;
  private static final int LEVELS = 7;
  // Half a turn of the highest level (70 years), so that nothing lands in its present slot.
  private static final long MAX_TICKS = 1L << (LEVELS * LEVEL_BITS - 1);
  private static final int NIL = -1;
  private static final int MAX_SCAN = 64;

  private final long origin;
  private final TimerListener listener;
  private final int[] heads = new int[LEVELS * SLOTS];
  private final long[] occupied = new long[LEVELS];

  // By timer id.
  private long[] deadlines; // tick at which it fires
  private int[] slots; // where it is linked, or NIL
  private long[] linkedFor; // tick it was linked for, never after the deadline
  private int[] nexts;
  private int[] previouses;

  private long elapsed; // ticks up to and including this one have been handled
  private long target; // tick that the present or last advance goes to
  private int scheduled;

  /**
   * A wheel with nothing scheduled.
   *
   * @param now present time, nanoseconds of a monotonic clock
   */
  public TimerWheel(long now, TimerListener listener) {
    origin = now;
    this.listener = listener;
    Arrays.fill(heads, NIL);
    deadlines = new long[0];
    linkedFor = new long[0];
    slots = new int[0];
    nexts = new int[0];
    previouses = new int[0];
    grow(SLOTS);
  }

  /**
   * Sets a timer's deadline, in place of the one it may have.
   *
   * @param id 0 or more; the arrays grow to hold it
   * @param deadlineNanos of the same clock; one that has passed fires in the next tick
   */
  public void schedule(int id, long deadlineNanos) {
    if (id >= slots.length) {
      grow(Math.max(id + 1, 2 * slots.length));
    }
    long tick = Math.clamp(ticksUp(deadlineNanos), target + 1, elapsed + MAX_TICKS);
    deadlines[id] = tick;
    if (slots[id] != NIL) {
      if (linkedFor[id] <= tick) {
        return;
      }
      unlink(id);
    } else {
      scheduled++;
    }
    link(id, tick);
  }

  /** Takes a timer's deadline away, if it has one. */
  public void cancel(int id) {
    if (isScheduled(id)) {
      unlink(id);
      scheduled--;
    }
  }

  /** Whether a timer has a deadline. */
  public boolean isScheduled(int id) {
    return id < slots.length && slots[id] != NIL;
  }

  /** How many timers have a deadline. */
  public int scheduledCount() {
    return scheduled;
  }

  /** Calls the listener for each timer whose deadline has passed, earliest first. */
  public void advance(long now) {
    target = Math.max(elapsed, (now - origin) >> TICK_SHIFT);
    while (elapsed < target) {
      int slot = firstSlot();
      long start = slot == NIL ? Long.MAX_VALUE : slotStart(slot);
      if (start > target) {
        elapsed = target;
        return;
      }
      elapsed = Math.max(elapsed, start);
      empty(slot, now);
    }
  }

  /**
   * When {@link #advance} should be called next: never after the earliest deadline (but for the
   * tick's rounding), and mostly not before it.
   *
   * @return nanoseconds of the same clock, or {@link #NONE}
   */
  public long nextDeadline() {
    if (scheduled == 0) {
      return NONE;
    }
    long earliest = Long.MAX_VALUE;
    int budget = MAX_SCAN;
    for (int level = 0; level < LEVELS; level++) {
      int position = (int) (elapsed >>> (level * LEVEL_BITS)) & (SLOTS - 1);
      // Bit i stands for the slot that is i after the present one.
      long ahead = Long.rotateRight(occupied[level], position);
      while (ahead != 0) {
        int distance = Long.numberOfTrailingZeros(ahead);
        int slot = level * SLOTS + ((position + distance) & (SLOTS - 1));
        long start = slotStart(slot);
        if (start >= earliest) {
          break;
        }
        long first = Long.MAX_VALUE;
        for (int id = heads[slot]; id != NIL && budget > 0; id = nexts[id]) {
          first = Math.min(first, deadlines[id]);
          budget--;
        }
        earliest = Math.min(earliest, budget > 0 ? first : start);
        ahead &= ahead - 1;
      }
    }
    return origin + (earliest << TICK_SHIFT);
  }

  /** Fires or moves down what is in a slot that has come up. */
  private void empty(int slot, long now) {
    while (heads[slot] != NIL) {
      int id = heads[slot];
      unlink(id);
      if (deadlines[id] > elapsed) {
        link(id, deadlines[id]);
      } else {
        scheduled--;
        listener.onTimer(id, now);
      }
    }
  }

  /** The occupied slot that comes up first, or NIL; of those that come up together, the highest. */
  private int firstSlot() {
    int first = NIL;
    long earliest = Long.MAX_VALUE;
    for (int level = LEVELS - 1; level >= 0; level--) {
      if (occupied[level] != 0) {
        int position = (int) (elapsed >>> (level * LEVEL_BITS)) & (SLOTS - 1);
        int distance = Long.numberOfTrailingZeros(Long.rotateRight(occupied[level], position));
        int slot = level * SLOTS + ((position + distance) & (SLOTS - 1));
        long start = slotStart(slot);
        if (start < earliest) {
          earliest = start;
          first = slot;
        }
      }
    }
    return first;
  }

  /** The first tick of a slot, counted on from the present. */
  private long slotStart(int slot) {
    int shift = slot / SLOTS * LEVEL_BITS;
    long position = elapsed >>> shift;
    long distance = (slot - position) & (SLOTS - 1);
    return (position + distance) << shift;
  }

  private void link(int id, long tick) {
    // The level is that of the highest digit (base 64) in which the tick differs from the present:
    // the lower digits are met when the slot comes up.
    int highest = Long.SIZE - 1 - Long.numberOfLeadingZeros((tick ^ elapsed) | (SLOTS - 1));
    int level = Math.min(highest / LEVEL_BITS, LEVELS - 1);
    int slot = level * SLOTS + ((int) (tick >>> (level * LEVEL_BITS)) & (SLOTS - 1));
    slots[id] = slot;
    linkedFor[id] = tick;
    previouses[id] = NIL;
    nexts[id] = heads[slot];
    if (heads[slot] != NIL) {
      previouses[heads[slot]] = id;
    }
    heads[slot] = id;
    occupied[level] |= 1L << (slot & (SLOTS - 1));
  }

  private void unlink(int id) {
    int slot = slots[id];
    if (previouses[id] != NIL) {
      nexts[previouses[id]] = nexts[id];
    } else {
      heads[slot] = nexts[id];
    }
    if (nexts[id] != NIL) {
      previouses[nexts[id]] = previouses[id];
    }
    slots[id] = NIL;
    if (heads[slot] == NIL) {
      occupied[slot / SLOTS] &= ~(1L << (slot & (SLOTS - 1)));
    }
  }

  private long ticksUp(long nanos) {
    long sinceOrigin = nanos - origin;
    return sinceOrigin <= 0 ? 0 : (sinceOrigin - 1 >> TICK_SHIFT) + 1;
  }

  private void grow(int length) {
    int old = slots.length;
    deadlines = Arrays.copyOf(deadlines, length);
    linkedFor = Arrays.copyOf(linkedFor, length);
    nexts = Arrays.copyOf(nexts, length);
    previouses = Arrays.copyOf(previouses, length);
    slots = Arrays.copyOf(slots, length);
    Arrays.fill(slots, old, length, NIL);
  }
}
