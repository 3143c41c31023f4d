package org.jpasst.guest.capture;

import java.util.Optional;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.Offload;

/**
 * Records the frames for the guest when they are published, while there is a file to record them
 * in. Frames are recorded without the padding that the link adds.
 */
final class CaptureSink implements FrameSink {
  private final FrameSink sink;
  private Optional<PcapFile> file = Optional.empty();

  /** Stands in front of a sink, and records nothing yet. */
  CaptureSink(FrameSink sink) {
    this.sink = sink;
  }

  /** Records in this file from now on, or nothing. */
  void record(Optional<PcapFile> in) {
    file = in;
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
    if (file.isPresent()) {
      file.get().record(frame, length);
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
