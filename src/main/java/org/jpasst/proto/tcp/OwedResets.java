package org.jpasst.proto.tcp;

import java.util.ArrayDeque;
import org.jpasst.flow.FlowSide;

/**
 * Resets that the guest's link had no room for, or no guest: they are all that tells of the end of
 * a connection, and a guest that only listens to it would do so for ever.
 *
 * <p>Above all of a guest that is still on its way here, and whose peers gave up meanwhile.
 */
final class OwedResets {
  /** More than the connections that a guest is likely to have; some 2 MiB at most. */
  private static final int MOST = 16 * 1024;

  private final ArrayDeque<Reset> resets = new ArrayDeque<>();

  /**
   * One segment.
   *
   * @param side the guest's endpoint, and as ours whom it talks to
   * @param peerMac its Ethernet source
   */
  record Reset(
      FlowSide side, long peerMac, int flowLabel, int flags, int sequence, int acknowledgment) {}

  /** Remembers one; what is beyond {@link #MOST} is forgotten. */
  void add(
      FlowSide side, long peerMac, int flowLabel, int flags, int sequence, int acknowledgment) {
    if (resets.size() < MOST) {
      FlowSide own = new FlowSide().set(side);
      resets.add(new Reset(own, peerMac, flowLabel, flags, sequence, acknowledgment));
    }
  }

  boolean isEmpty() {
    return resets.isEmpty();
  }

  /** The one that is due first. */
  Reset first() {
    return resets.getFirst();
  }

  /** The first has been sent. */
  void removeFirst() {
    resets.removeFirst();
  }
}
