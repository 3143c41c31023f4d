package org.jpasst.guest.capture;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;

/** Sees each frame that passes a guest's link, in order. */
interface FrameRecorder {
  /** A frame of the guest. */
  void fromGuest(Frame frame);

  /**
   * A frame for the guest.
   *
   * @param at where its first part begins in its memory
   * @param head bytes of that part
   * @param pieces holds the rest, where there is any
   * @param first the piece that follows the first part
   * @param length bytes of the whole frame
   */
  void toGuest(MemorySegment memory, long at, int head, FramePieces pieces, int first, int length);

  /** Nothing more comes in this turn, or from this guest. */
  void flush();
}
