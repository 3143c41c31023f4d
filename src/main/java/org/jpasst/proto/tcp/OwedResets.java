package org.jpasst.proto.tcp;

import java.util.ArrayDeque;

/**
 * Resets that the guest's link had no room for, or no guest: they are all that tells of the end of
 * a connection, and a guest that only listens to it would do so for ever.
 *
 * <p>Above all of a guest that is still on its way here, and whose peers gave up meanwhile.
 */
final class OwedResets {
  /** More than the connections that a guest is likely to have; some 2 MiB at most. */
  private static final int MOST = 16 * 1024;

  private final ArrayDeque<TcpSegment> resets = new ArrayDeque<>();

  /** Remembers one, as it is now; what is beyond {@link #MOST} is forgotten. */
  void add(TcpSegment reset) {
    if (resets.size() < MOST) {
      resets.add(reset.copy());
    }
  }

  boolean isEmpty() {
    return resets.isEmpty();
  }

  /** The one that is due first. */
  TcpSegment first() {
    return resets.getFirst();
  }

  /** The first has been sent. */
  void removeFirst() {
    resets.removeFirst();
  }
}
