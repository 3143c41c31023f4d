package org.jpasst.guest.capture;

import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;

/** Shows the guest's frames to recorders on their way to their receiver. */
final class CaptureReceiver implements FrameReceiver {
  private final FrameReceiver receiver;
  private final FrameRecorder[] recorders;

  /** Stands in front of a receiver. */
  CaptureReceiver(FrameReceiver receiver, FrameRecorder... recorders) {
    this.receiver = receiver;
    this.recorders = recorders;
  }

  @Override
  public void onConnected(long now) {
    receiver.onConnected(now);
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

  @Override
  public void onBatchEnd(long now) {
    receiver.onBatchEnd(now);
  }

  @Override
  public boolean isSated() {
    return receiver.isSated();
  }

  @Override
  public boolean isBlocked() {
    return receiver.isBlocked();
  }

  @Override
  public boolean keepsFrames() {
    return receiver.keepsFrames();
  }
}
