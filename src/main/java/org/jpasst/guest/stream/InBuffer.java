package org.jpasst.guest.stream;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameLength;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;

/**
 * Bytes from the guest, cut into frames where they lie. Between two reads it holds at most one
 * incomplete frame, at its beginning.
 */
final class InBuffer {
  /** Answer of {@link #deliver}: all lengths so far were valid. */
  static final int VALID = -1;

  private final MemorySegment memory;
  private final long capacity;
  private final Frame frame = new Frame(new FramePieces(0));
  private long filled;
  private long taken;
  private boolean shown;

  /**
   * Allocates the memory, for the process's life.
   *
   * @param capacity in bytes, more than the longest frame takes
   */
  InBuffer(long capacity) {
    this.capacity = capacity;
    memory = Arena.global().allocate(capacity, 4096);
  }

  MemorySegment memory() {
    return memory;
  }

  /** Where the next bytes go. */
  long freeAt() {
    return filled;
  }

  /** How many bytes there is room for; never 0. */
  long free() {
    return capacity - filled;
  }

  /** So many bytes have been read to {@link #freeAt}. */
  void received(long bytes) {
    filled += bytes;
  }

  /** Forgets everything. */
  void clear() {
    filled = 0;
  }

  /**
   * Shows all complete frames, ends the batch, moves what is left to the front. Should the receiver
   * throw, that frame is left out, and the next call goes on behind it.
   *
   * @return {@link #VALID}, or the first length that isn't (as 32 bits); then the rest is
   *     meaningless
   */
  long deliver(FrameReceiver receiver, long now) {
    shown = false;
    taken = 0;
    // A frame counts as taken before it is shown: should the receiver throw, it isn't shown again.
    try {
      return show(receiver, now);
    } finally {
      try {
        if (shown) {
          receiver.onBatchEnd(now);
        }
      } finally {
        keepFrom(taken);
      }
    }
  }

  private long show(FrameReceiver receiver, long now) {
    while (filled - taken >= FrameLength.SIZE) {
      int length = FrameLength.get(memory, taken);
      if (!FrameLength.isValid(length)) {
        return length & 0xffff_ffffL;
      }
      long at = taken + FrameLength.SIZE;
      if (filled - at < length) {
        break;
      }
      taken = at + length;
      shown = true;
      frame.set(memory, at, length);
      receiver.onFrame(frame, now);
    }
    return VALID;
  }

  private void keepFrom(long at) {
    long left = filled - at;
    if (at > 0 && left > 0) {
      MemorySegment.copy(memory, at, memory, 0, left);
    }
    filled = left;
  }
}
