package org.jpasst.fuzz;

import org.jpasst.guest.Segmentation;

/**
 * What a frame says of the work that is left to do on it, as in a virtio-net header (virtio 1.3
 * section 5.1.6).
 *
 * @param missing whether its checksum is only begun
 * @param segmentation how it stands for several packets, or something else
 * @param size bytes of the payload of each
 * @param start where the checksum's sum begins
 * @param offset where the checksum is from there
 */
record FrameOffload(boolean missing, int segmentation, int size, int start, int offset) {
  static final FrameOffload NONE = new FrameOffload(false, Segmentation.NONE, 0, 0, 0);

  boolean isNone() {
    return equals(NONE);
  }

  boolean isSeveral() {
    return segmentation != Segmentation.NONE;
  }

  /** As a header has it: places and sizes count only with what needs them. */
  FrameOffload told() {
    if (!missing) {
      return isSeveral() ? this : NONE;
    }
    return isSeveral() ? this : new FrameOffload(true, segmentation, 0, start, offset);
  }
}
