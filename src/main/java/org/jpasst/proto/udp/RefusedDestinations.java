package org.jpasst.proto.udp;

import java.util.concurrent.TimeUnit;

/**
 * Destinations that no socket could be connected to a moment ago, so that a guest that goes on
 * sending to them doesn't cost a socket for each datagram. Remembers a few; forgets soon, since
 * routes come and go.
 */
final class RefusedDestinations {
  /** Answer of {@link #errno}: nothing is known against the destination. */
  static final int NONE = 0;

  private static final int SLOTS = 256; // a power of two
  private static final long LIFE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final long[] his = new long[SLOTS];
  private final long[] los = new long[SLOTS];
  private final int[] errnos = new int[SLOTS];
  private final long[] until = new long[SLOTS];

  /** Why a destination was refused: a negated error number, or {@link #NONE}. */
  int errno(long hi, long lo, long now) {
    int slot = slot(hi, lo);
    boolean known =
        errnos[slot] != NONE && los[slot] == lo && his[slot] == hi && now - until[slot] < 0;
    return known ? errnos[slot] : NONE;
  }

  /** Remembers why a destination was refused. */
  void add(long hi, long lo, int errno, long now) {
    int slot = slot(hi, lo);
    his[slot] = hi;
    los[slot] = lo;
    errnos[slot] = errno;
    until[slot] = now + LIFE_NANOS;
  }

  private static int slot(long hi, long lo) {
    long mixed = (hi ^ Long.rotateLeft(lo, 32)) * 0x9e37_79b9_7f4a_7c15L;
    return (int) (mixed >>> 56) & (SLOTS - 1);
  }
}
