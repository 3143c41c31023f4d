package org.jpasst.guest.capture;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Frame;
import org.jpasst.guest.LentFrame;
import org.jpasst.log.Log;

/** Tells each frame in a line of the log. */
final class FrameTrace implements FrameRecorder {
  private final Log log;

  FrameTrace(Log log) {
    this.log = log;
  }

  @Override
  public void fromGuest(Frame frame) {
    trace("from guest: ", frame.memory(), frame.at(), frame.headLength(), frame.length());
  }

  @Override
  public void toGuest(LentFrame frame, int length) {
    int head = Math.min(length, frame.headRoom());
    trace("to guest: ", frame.memory(), frame.at(), head, length);
  }

  private void trace(String way, MemorySegment memory, long at, int head, int length) {
    log.trace(way + FrameDescription.of(memory, at, head, length));
  }

  @Override
  public void flush() {
    // Each line is written at once.
  }
}
