package org.jpasst.bridge;

import java.util.concurrent.TimeUnit;

/**
 * Places of a table of fixed size, and when what is in each was heard last. Nothing is put out by a
 * flood of what is new: where all are taken, a place is given away only if what is in it hasn't
 * been heard for {@link #LIFETIME}, and of these the one heard least recently.
 */
final class Places {
  /** As long as hosts keep what they learn by ARP (RFC 826's table, twenty minutes in BSD). */
  static final long LIFETIME = TimeUnit.MINUTES.toNanos(20);

  /** There is no place. */
  static final int NONE = -1;

  private final long[] heard;
  private int count;

  Places(int most) {
    heard = new long[most];
  }

  /** How many are taken: the first ones. */
  int count() {
    return count;
  }

  /** What is in a place was heard. */
  void hear(int place, long now) {
    heard[place] = now;
  }

  /** Whether what is in a place was heard lately. */
  boolean isFresh(int place, long now) {
    return now - heard[place] < LIFETIME;
  }

  /** A place for what is heard now for the first time, or {@link #NONE}. */
  int take(long now) {
    int place = count < heard.length ? count++ : leastRecent(now);
    if (place != NONE) {
      heard[place] = now;
    }
    return place;
  }

  private int leastRecent(long now) {
    int least = 0;
    for (int i = 1; i < count; i++) {
      if (heard[i] - heard[least] < 0) {
        least = i;
      }
    }
    return isFresh(least, now) ? NONE : least;
  }

  /** Gives a place back: what is in the last one that is taken, as answered, is to move there. */
  int giveBack(int place) {
    count--;
    heard[place] = heard[count];
    return count;
  }

  void clear() {
    count = 0;
  }
}
