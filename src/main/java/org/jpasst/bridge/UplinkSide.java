package org.jpasst.bridge;

import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.ReceiverInFront;

/** Hears on their way to the guest which addresses others claim. */
final class UplinkSide implements ReceiverInFront {
  private final FrameReceiver passage;
  private final HeardAddresses addresses;

  UplinkSide(FrameReceiver passage, HeardAddresses addresses) {
    this.passage = passage;
    this.addresses = addresses;
  }

  @Override
  public FrameReceiver behind() {
    return passage;
  }

  @Override
  public void onFrame(Frame frame, long now) {
    addresses.hearOthers(frame);
    passage.onFrame(frame, now);
  }
}
