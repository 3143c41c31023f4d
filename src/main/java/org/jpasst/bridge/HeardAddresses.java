package org.jpasst.bridge;

import org.jpasst.guest.Frame;
import org.jpasst.net.MacAddress;
import org.jpasst.wire.EthernetHeader;

/**
 * By which addresses a bridged guest is known to others: the Ethernet addresses that its frames
 * come from, and the IP addresses that it has claimed by ARP and neighbour discovery ({@link
 * AddressClaim}). Only that is remembered which the network would have to be told anew if the guest
 * moved.
 *
 * <p>The guest may send anything, so the tables are small and full ones keep what they have ({@link
 * Places}). What somebody else claims on the network since is forgotten: a guest that has left an
 * address to another must not take it back by moving.
 */
public final class HeardAddresses {
  /** Ethernet addresses that are remembered. */
  public static final int MACS = 16;

  /** IP addresses that are remembered. */
  public static final int CLAIMS = 64;

  private final AddressClaim claim = new AddressClaim();
  private final Places macPlaces = new Places(MACS);
  private final long[] macs = new long[MACS];

  /** Where the last frame's Ethernet address is, if anywhere: most often it is the next one's. */
  private int last;

  private final Places claimPlaces = new Places(CLAIMS);
  private final long[] his = new long[CLAIMS];
  private final long[] los = new long[CLAIMS];
  private final long[] claimers = new long[CLAIMS];
  private final boolean[] routers = new boolean[CLAIMS];

  /** Is shown what is known. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * One address.
     *
     * @param mac the Ethernet address, 48 bits
     * @param hi first half of an IP address that is there, IPv4 as mapped; 0, as is the second, for
     *     the Ethernet address by itself
     * @param lo second half
     * @param router whether it is that of an IPv6 router
     */
    void visit(long mac, long hi, long lo, boolean router);
  }

  /** A frame has come from the guest. */
  void hear(Frame frame, long now) {
    long mac = EthernetHeader.source(frame.memory(), frame.at());
    if (last < macPlaces.count() && macs[last] == mac) {
      macPlaces.hear(last, now);
    } else {
      hear(mac, now);
    }
    if (claim.read(frame)) {
      int place = learn(mac, claim.hi(), claim.lo(), now);
      if (place != Places.NONE && claim.tellsOfRouter()) {
        routers[place] = claim.isOfRouter();
      }
    }
  }

  /** A frame has come from the network. */
  void hearOthers(Frame frame) {
    if (claim.read(frame)) {
      int place = find(claim.hi(), claim.lo());
      long mac = EthernetHeader.source(frame.memory(), frame.at());
      if (place != Places.NONE && claimers[place] != mac) {
        forget(place);
      }
    }
  }

  private void hear(long mac, long now) {
    int place = find(mac);
    if (place != Places.NONE) {
      macPlaces.hear(place, now);
    } else if (MacAddress.isOfOne(mac)) {
      place = macPlaces.take(now);
    }
    if (place != Places.NONE) {
      macs[place] = mac;
      last = place;
    }
  }

  private int find(long mac) {
    for (int i = 0; i < macPlaces.count(); i++) {
      if (macs[i] == mac) {
        return i;
      }
    }
    return Places.NONE;
  }

  private int find(long hi, long lo) {
    for (int i = 0; i < claimPlaces.count(); i++) {
      if (los[i] == lo && his[i] == hi) {
        return i;
      }
    }
    return Places.NONE;
  }

  private int learn(long mac, long hi, long lo, long now) {
    int place = find(hi, lo);
    if (place == Places.NONE) {
      place = claimPlaces.take(now);
      if (place == Places.NONE) {
        return place;
      }
      his[place] = hi;
      los[place] = lo;
      routers[place] = false;
    }
    claimPlaces.hear(place, now);
    claimers[place] = mac;
    return place;
  }

  private void forget(int place) {
    int from = claimPlaces.giveBack(place);
    his[place] = his[from];
    los[place] = los[from];
    claimers[place] = claimers[from];
    routers[place] = routers[from];
  }

  /** Another guest may be there. */
  public void clear() {
    macPlaces.clear();
    claimPlaces.clear();
  }

  /**
   * The guest was known by an address on another host. What no guest can be known by is ignored.
   *
   * @param mac as in {@link Visitor}, as are the others
   * @param now the turn's time, nanoseconds
   */
  public void resume(long mac, long hi, long lo, boolean router, long now) {
    if (!MacAddress.isOfOne(mac)) {
      return;
    }
    if (hi == 0 && lo == 0) {
      hear(mac, now);
    } else if (AddressClaim.isOfNode(hi, lo)) {
      int place = learn(mac, hi, lo, now);
      if (place != Places.NONE) {
        routers[place] = router;
      }
    }
  }

  /**
   * Shows the Ethernet addresses, then the IP addresses that were claimed lately: an older claim
   * may be somebody else's by now.
   *
   * @param now the turn's time, nanoseconds
   */
  public void visit(long now, Visitor visitor) {
    for (int i = 0; i < macPlaces.count(); i++) {
      visitor.visit(macs[i], 0, 0, false);
    }
    for (int i = 0; i < claimPlaces.count(); i++) {
      if (claimPlaces.isFresh(i, now)) {
        visitor.visit(claimers[i], his[i], los[i], routers[i]);
      }
    }
  }
}
