package org.jpasst.guest.capture;

import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.Offload;

/**
 * Shows the frames for the guest to recorders when they are published, without the padding that the
 * link adds.
 */
final class CaptureSink implements FrameSink {
  private final FrameSink sink;
  private FrameRecorder[] recorders = {};

  /** Stands in front of a sink, with no recorder yet. */
  CaptureSink(FrameSink sink) {
    this.sink = sink;
  }

  /** Sets who sees the frames from now on. */
  void showTo(FrameRecorder... all) {
    recorders = all;
  }

  @Override
  public boolean hasRoom() {
    return sink.hasRoom();
  }

  @Override
  public boolean isStalled() {
    return sink.isStalled();
  }

  @Override
  public boolean isLossy() {
    return sink.isLossy();
  }

  @Override
  public LinkCapabilities capabilities() {
    return sink.capabilities();
  }

  @Override
  public LentFrame lend(int headers, int capacity) {
    return sink.lend(headers, capacity);
  }

  @Override
  public LentFrame lendReply(int capacity) {
    return sink.lendReply(capacity);
  }

  @Override
  public LentFrame lendControl(int capacity) {
    return sink.lendControl(capacity);
  }

  @Override
  public void publish(LentFrame frame, int length, Offload offload) {
    for (FrameRecorder each : recorders) {
      each.toGuest(frame, length);
    }
    sink.publish(frame, length, offload);
  }

  @Override
  public void giveBack() {
    sink.giveBack();
  }

  @Override
  public void flush() {
    sink.flush();
  }
}
