package org.jpasst.guest.capture;

import java.io.IOException;
import org.jpasst.log.Log;

/** How far the writing of a capture has come: not begun yet, under way, or ended by a failure. */
public final class CaptureProgress {
  /** Writes all that was collected. */
  @FunctionalInterface
  interface Writer {
    void write() throws IOException;
  }

  private final Writer writer;
  private final Log log;
  private long frames;
  private boolean begun;
  private boolean failed;
  private boolean incomplete;

  CaptureProgress(Writer writer, Log log) {
    this.writer = writer;
    this.log = log;
  }

  void begin() throws IOException {
    begun = true;
    try {
      writer.write();
    } catch (IOException e) {
      failed = true;
      throw e;
    }
  }

  /**
   * Writes, unless that has failed before; a failure is logged.
   *
   * @return whether what was collected is done with
   */
  boolean flush() {
    try {
      if (begun && !failed) {
        writer.write();
      }
    } catch (IOException e) {
      failed = true;
      log.error("the capture ends: cannot write its file: " + e.getMessage());
    }
    return begun;
  }

  void recorded() {
    frames++;
  }

  /** There was no room for a frame, as it hasn't begun yet. */
  void leaveOut() {
    incomplete = true;
  }

  long frames() {
    return frames;
  }

  boolean isComplete() {
    return !failed && !incomplete;
  }
}
