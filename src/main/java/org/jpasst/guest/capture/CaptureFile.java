package org.jpasst.guest.capture;

import java.io.IOException;

/** What frames are captured to: a file, or several in turn. */
public sealed interface CaptureFile extends FrameRecorder, AutoCloseable
    permits PcapFile, PcapNgFile {
  /**
   * Begins to write: whatever was there is gone.
   *
   * @throws IOException if it can't be written
   */
  void begin() throws IOException;

  /** How far its writing has come. */
  CaptureProgress progress();

  /** How many frames were recorded, if all could be written. */
  default long frames() {
    return progress().frames();
  }

  /** Whether all could be written up to now. */
  default boolean isComplete() {
    return progress().isComplete();
  }

  /** Begins one; closes it where that fails. */
  static <F extends CaptureFile> F begun(F file) throws IOException {
    try {
      file.begin();
      return file;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  @Override
  void close() throws IOException;
}
