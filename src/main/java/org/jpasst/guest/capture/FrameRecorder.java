package org.jpasst.guest.capture;

import org.jpasst.guest.Frame;
import org.jpasst.guest.LentFrame;

/** Sees each frame that passes a guest's link, in order. */
interface FrameRecorder {
  /** A frame of the guest. */
  void fromGuest(Frame frame);

  /**
   * A frame for the guest that is about to be published.
   *
   * @param length of the frame in bytes, without padding
   */
  void toGuest(LentFrame frame, int length);

  /** Nothing more comes in this turn, or from this guest. */
  void flush();
}
