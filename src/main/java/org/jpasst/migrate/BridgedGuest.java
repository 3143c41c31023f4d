package org.jpasst.migrate;

import java.util.function.LongConsumer;
import org.jpasst.bridge.HeardAddresses;
import org.jpasst.late.LateFrames;

/**
 * What belongs to a guest that is bridged, and moves with it.
 *
 * @param addresses by which it is known on its network
 * @param late frames that come for it after its state
 * @param takeIn takes what its network has brought up to a turn's time, nanoseconds
 */
public record BridgedGuest(HeardAddresses addresses, LateFrames late, LongConsumer takeIn) {
  /** Its state is saved next: what has come for it up to a turn's time belongs to that. */
  void leaves(long now) {
    takeIn.accept(now);
    late.guestLeaves();
  }
}
