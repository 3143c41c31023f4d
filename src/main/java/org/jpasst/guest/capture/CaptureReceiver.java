package org.jpasst.guest.capture;

import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;

/** Records the guest's frames on their way to their receiver. */
final class CaptureReceiver implements FrameReceiver {
  private final FrameReceiver receiver;
  private final PcapFile file;

  /** Stands in front of a receiver. */
  CaptureReceiver(FrameReceiver receiver, PcapFile file) {
    this.receiver = receiver;
    this.file = file;
  }

  @Override
  public void onConnected(long now) {
    receiver.onConnected(now);
  }

  @Override
  public void onDisconnected() {
    file.flush();
    receiver.onDisconnected();
  }

  @Override
  public void onFrame(Frame frame, long now) {
    file.record(frame);
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
}
