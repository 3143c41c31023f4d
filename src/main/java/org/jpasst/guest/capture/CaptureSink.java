package org.jpasst.guest.capture;

import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.Offload;
import org.jpasst.guest.SinkInFront;

/**
 * Shows the frames for the guest to recorders when they are published, without the padding that the
 * link adds.
 */
final class CaptureSink implements SinkInFront {
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
  public FrameSink behind() {
    return sink;
  }

  @Override
  public void publish(LentFrame frame, int length, Offload offload) {
    for (FrameRecorder each : recorders) {
      each.toGuest(frame, length);
    }
    sink.publish(frame, length, offload);
  }
}
