package org.jpasst.router;

import java.util.Arrays;

/** A set of the units of eight bytes that a fragmented datagram is counted in. */
final class FragmentUnits {
  /** As many as the longest datagram has. */
  private static final int MOST = 8192;

  private final long[] words = new long[MOST / Long.SIZE];

  void clear() {
    Arrays.fill(words, 0);
  }

  boolean has(int unit) {
    return unit < MOST && (words[unit / Long.SIZE] & 1L << unit) != 0;
  }

  void add(int unit) {
    words[unit / Long.SIZE] |= 1L << unit;
  }

  /** Adds all from one unit to before another. */
  void add(int from, int to) {
    for (int at = from; at < to; at = nextWord(at)) {
      words[at / Long.SIZE] |= mask(at, to);
    }
  }

  /** How many there are from one unit to before another. */
  int count(int from, int to) {
    int count = 0;
    for (int at = from; at < to; at = nextWord(at)) {
      count += Long.bitCount(words[at / Long.SIZE] & mask(at, to));
    }
    return count;
  }

  private static int nextWord(int at) {
    return (at / Long.SIZE + 1) * Long.SIZE;
  }

  /** Those of a unit's word from it on to before another. */
  private static long mask(int from, int to) {
    long mask = -1L << from;
    return to >= nextWord(from) ? mask : mask & ~(-1L << to);
  }
}
