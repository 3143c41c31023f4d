package org.jpasst.guest;

import java.lang.foreign.MemorySegment;

/** Takes the frames a guest sends. */
public interface FrameReceiver {
  /**
   * A guest has connected; its first frames are yet to come.
   *
   * @param now the turn's time, nanoseconds
   */
  void onConnected(long now);

  /** The guest is gone. */
  void onDisconnected();

  /**
   * One frame of a batch. It stays valid, in place, until the end of {@link #onBatchEnd}.
   *
   * @param memory holds the frame; the guest may be writing to it
   * @param at offset of its Ethernet header
   * @param length in bytes, at least 14
   * @param now the turn's time, nanoseconds
   */
  void onFrame(MemorySegment memory, long at, int length, long now);

  /**
   * All frames of the batch have been shown; they go back to the guest after this call.
   *
   * @param now the turn's time, nanoseconds
   */
  void onBatchEnd(long now);
}
