package org.jpasst.forward;

import java.util.Arrays;
import org.jpasst.flow.FlowSide;

/**
 * Which Ethernet address is behind each address on the guest's link, where there may be a bridge
 * with others behind it: a neighbour table. It is asked for those only of whom no flow tells
 * ({@link GuestAddresses#stationOf}), so who is in it needn't stay.
 *
 * <p>Bounded: addresses share out a fixed number of places by their hash, some to a set, and a new
 * one takes that of whoever was heard least recently. Who hasn't been heard for twenty minutes, as
 * long as hosts keep what they learn by ARP, isn't known any more.
 */
final class GuestStations {
  /** Answer of {@link #macOf}: the address isn't known. */
  static final long NONE = -1;

  /** A packet came from there, of a kind that is answered. */
  static final int USES = 0;

  /** A node has said by ARP, neighbour discovery or DHCP that the address is its own. */
  static final int CLAIMS = 1;

  private static final int SETS = 256; // a power of two
  private static final int WAYS = 4;
  private static final int PLACES = SETS * WAYS;

  /** In seconds. */
  private static final int LIFETIME = 1200;

  /** In seconds: bridges keep what they have learnt for so long (IEEE 802.1D section 7.9.2). */
  private static final int FRESH = 300;

  /** In seconds: after so long a station that uses the address of another may be the same. */
  private static final int SETTLED = 3;

  private final long[] his = new long[PLACES];
  private final long[] los = new long[PLACES];
  private final long[] macs = new long[PLACES];
  private final int[] heard = new int[PLACES];
  private final int[] moved = new int[PLACES];
  private final byte[] proofs = new byte[PLACES];
  private int seconds;

  /** Grows with each move, and whenever all are forgotten. */
  private int age;

  private int forgotten;

  /** To be called once a second. */
  void onTick() {
    seconds++;
  }

  /** A packet of a flow came from a station. */
  void heard(FlowSide side, long mac) {
    side.setStation(mac, age);
  }

  /**
   * Where a flow was heard last, or where its address has said to be since; {@link #NONE} where
   * that isn't known, or was so of another guest.
   */
  long stationOf(FlowSide side) {
    if (side.station() == FlowSide.NO_STATION) {
      return NONE;
    }
    return side.stationAge() == age ? side.station() : stationAfterMove(side);
  }

  private long stationAfterMove(FlowSide side) {
    if (forgotten - side.stationAge() > 0) {
      return NONE;
    }
    int place = find(side.endpointHi(), side.endpointLo());
    boolean followed = place >= 0 && moved[place] - side.stationAge() > 0;
    heard(side, followed ? macs[place] : side.station());
    return side.station();
  }

  /**
   * Learns where an address is.
   *
   * @param proof {@link #USES} or {@link #CLAIMS}
   */
  void learn(long hi, long lo, long mac, int proof) {
    int place = find(hi, lo);
    if (place < 0) {
      place = leastRecent(hi, lo);
      his[place] = hi;
      los[place] = lo;
      macs[place] = mac;
      // Where it was before isn't known: a flow knows better than one who only uses its address.
      moved[place] = proof == CLAIMS ? ++age : forgotten;
      proofs[place] = (byte) proof;
    } else if (macs[place] != mac) {
      if (proof != CLAIMS && seconds - heard[place] < SETTLED) {
        return; // two of one address, both there
      }
      macs[place] = mac;
      proofs[place] = (byte) proof;
      moved[place] = ++age;
    } else if (proof == CLAIMS) {
      proofs[place] = CLAIMS;
    }
    heard[place] = seconds;
  }

  /** Where an address is, or {@link #NONE}. */
  long macOf(long hi, long lo) {
    int place = find(hi, lo);
    return place < 0 ? NONE : macs[place];
  }

  /** Whether it was heard so recently that it will still be there. */
  boolean isFresh(long hi, long lo) {
    int place = find(hi, lo);
    return place >= 0 && seconds - heard[place] < FRESH;
  }

  /** Whether a node has said that it has this address, and was heard recently. */
  boolean isClaimed(long hi, long lo) {
    int place = find(hi, lo);
    return place >= 0 && proofs[place] == CLAIMS && seconds - heard[place] < FRESH;
  }

  /** Another guest may be there. */
  void clear() {
    Arrays.fill(his, 0);
    Arrays.fill(los, 0);
    forgotten = ++age;
  }

  private int find(long hi, long lo) {
    int first = firstPlace(hi, lo);
    for (int i = first; i < first + WAYS; i++) {
      if (los[i] == lo && his[i] == hi && seconds - heard[i] < LIFETIME) {
        return i;
      }
    }
    return -1;
  }

  private int leastRecent(long hi, long lo) {
    int first = firstPlace(hi, lo);
    int least = first;
    for (int i = first; i < first + WAYS; i++) {
      if (los[i] == lo && his[i] == hi) {
        return i;
      }
      if (leisure(i) > leisure(least)) {
        least = i;
      }
    }
    return least;
  }

  /** For how long it wasn't heard. */
  private int leisure(int place) {
    boolean free = los[place] == 0 && his[place] == 0;
    return free ? Integer.MAX_VALUE : seconds - heard[place];
  }

  private static int firstPlace(long hi, long lo) {
    long mixed = (hi ^ Long.rotateLeft(lo, 32)) * 0x9e37_79b9_7f4a_7c15L;
    return (int) (mixed >>> 56) * WAYS;
  }
}
