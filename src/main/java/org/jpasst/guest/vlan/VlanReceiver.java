package org.jpasst.guest.vlan;

import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.ReceiverInFront;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Hands on the frames of one VLAN, without their tags. A port of a bridge that is a tagged member
 * of one VLAN only does the same with others, and with frames without a tag or with one that tells
 * a priority only (IEEE 802.1Q section 8.6.2: those belong to the port's own VLAN, which there is
 * none of): they are dropped, and counted.
 */
public final class VlanReceiver implements ReceiverInFront {
  private final FrameReceiver receiver;
  private final int vlan;
  private final Counters counters;

  /**
   * Stands in front of a receiver.
   *
   * @param vlan the VLAN's identifier, 1 to 4094
   */
  public VlanReceiver(FrameReceiver receiver, int vlan, Counters counters) {
    this.receiver = receiver;
    this.vlan = vlan;
    this.counters = counters;
  }

  @Override
  public FrameReceiver behind() {
    return receiver;
  }

  @Override
  public void onFrame(Frame frame, long now) {
    if (frame.removeTag(vlan)) {
      receiver.onFrame(frame, now);
    } else {
      counters.increment(Counter.FRAMES_FROM_GUEST);
      counters.add(Counter.BYTES_FROM_GUEST, frame.length());
      counters.increment(Counter.DROP_VLAN);
    }
  }
}
