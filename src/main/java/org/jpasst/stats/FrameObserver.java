package org.jpasst.stats;

import java.lang.foreign.MemorySegment;

/**
 * Is told which of the guest's frames a counter was increased for, where the frame had been shown
 * before and lay in a batch since.
 */
public interface FrameObserver {
  /** Wants to know nothing. */
  FrameObserver NOBODY = (_, _, _) -> {};

  /**
   * A frame was counted.
   *
   * @param counter why it ended
   * @param memory holds the frame's head
   * @param at somewhere in that head
   */
  void counted(Counter counter, MemorySegment memory, long at);
}
