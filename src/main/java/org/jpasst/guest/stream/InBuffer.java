package org.jpasst.guest.stream;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameLength;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.linux.ZeroPages;

/**
 * Bytes from the guest, cut into frames where they lie. Between two reads it holds at most one
 * incomplete frame, at its beginning.
 */
final class InBuffer {
  /** Answer of {@link #deliver}: all lengths so far were valid. */
  static final int VALID = -1;

  /**
   * Most frames shown at a time. Each may be for another connection and cost a system call, so they
   * are bounded as the bytes are; of long ones the buffer holds fewer.
   */
  static final int MAX_FRAMES = 2048;

  private final MemorySegment memory;
  private final long capacity;
  private final Frame frame = new Frame(new FramePieces(0));
  private long filled;
  private long taken;
  private int frames; // shown in this delivery
  private boolean more;

  /**
   * Allocates the memory, for the process's life.
   *
   * @param capacity in bytes, more than the longest frame takes
   */
  InBuffer(long capacity) {
    this.capacity = capacity;
    memory = ZeroPages.map(capacity);
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
    taken = 0;
    more = false;
  }

  /** Whether the last {@link #deliver} has left frames over: the next one goes on with them. */
  boolean hasMore() {
    return more;
  }

  /**
   * Shows complete frames, as many as a turn may have, and ends the batch; moves what is left to
   * the front when all have been shown. Should the receiver throw, that frame is left out, and the
   * next call goes on behind it.
   *
   * @param all whether to show all of them, however many there are and whatever they ask for
   * @return {@link #VALID}, or the first length that isn't (as 32 bits); then the rest is
   *     meaningless
   */
  long deliver(FrameReceiver receiver, boolean all, long now) {
    frames = 0;
    more = false;
    // A frame counts as taken before it is shown: should the receiver throw, it isn't shown again.
    try {
      return show(receiver, all, now);
    } finally {
      try {
        if (frames > 0) {
          receiver.onBatchEnd(now);
        }
      } finally {
        if (!more) {
          keepFrom(taken);
        }
      }
    }
  }

  private long show(FrameReceiver receiver, boolean all, long now) {
    while (filled - taken >= FrameLength.SIZE) {
      if (!all && isEnough(receiver)) {
        more = true;
        break;
      }
      int length = FrameLength.get(memory, taken);
      if (!FrameLength.isValid(length)) {
        return length & 0xffff_ffffL;
      }
      long at = taken + FrameLength.SIZE;
      if (filled - at < length) {
        break;
      }
      taken = at + length;
      frames++;
      frame.set(memory, at, length);
      receiver.onFrame(frame, now);
    }
    return VALID;
  }

  private boolean isEnough(FrameReceiver receiver) {
    return frames == MAX_FRAMES || frames > 0 && receiver.isSated() || receiver.isBlocked();
  }

  private void keepFrom(long at) {
    long left = filled - at;
    if (at > 0 && left > 0) {
      MemorySegment.copy(memory, at, memory, 0, left);
    }
    filled = left;
    taken = 0;
  }
}
