package org.jpasst.forward;

import java.util.Arrays;

/**
 * Which Ethernet address is behind each address seen on the guest's link: the guest may be a bridge
 * with others behind it. A small cache, so that whoever invents addresses only pushes his own out.
 */
final class GuestStations {
  /** Answer of {@link #macOf}: the address isn't known. */
  static final long NONE = -1;

  private static final int SLOTS = 1024; // a power of two

  private final long[] his = new long[SLOTS];
  private final long[] los = new long[SLOTS];
  private final long[] macs = new long[SLOTS];

  /**
   * Learns where an address is.
   *
   * @param moves whether it may have been elsewhere before
   */
  void learn(long hi, long lo, long mac, boolean moves) {
    int slot = slot(hi, lo);
    if (moves || los[slot] != lo || his[slot] != hi) {
      his[slot] = hi;
      los[slot] = lo;
      macs[slot] = mac;
    }
  }

  /** Where an address is, or {@link #NONE}. */
  long macOf(long hi, long lo) {
    int slot = slot(hi, lo);
    return los[slot] == lo && his[slot] == hi ? macs[slot] : NONE;
  }

  /** Another guest may be there. */
  void clear() {
    Arrays.fill(his, 0);
    Arrays.fill(los, 0);
  }

  private static int slot(long hi, long lo) {
    long mixed = (hi ^ Long.rotateLeft(lo, 32)) * 0x9e37_79b9_7f4a_7c15L;
    return (int) (mixed >>> 54) & (SLOTS - 1);
  }
}
