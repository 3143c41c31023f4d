package org.jpasst.guest.capture;

import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.ReceiverInFront;

/** Shows the guest's frames to recorders on their way to their receiver. */
final class CaptureReceiver implements ReceiverInFront {
  private final FrameReceiver receiver;
  private final FrameRecorder[] recorders;

  /** Stands in front of a receiver. */
  CaptureReceiver(FrameReceiver receiver, FrameRecorder... recorders) {
    this.receiver = receiver;
    this.recorders = recorders;
  }

  @Override
  public FrameReceiver behind() {
    return receiver;
  }

  @Override
  public void onDisconnected() {
    for (FrameRecorder each : recorders) {
      each.flush();
    }
    receiver.onDisconnected();
  }

  @Override
  public void onFrame(Frame frame, long now) {
    for (FrameRecorder each : recorders) {
      each.fromGuest(frame);
    }
    receiver.onFrame(frame, now);
  }
}
