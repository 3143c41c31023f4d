package org.jpasst.guest;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A guest's link for tests that measure: always has room, counts the frames and forgets them. */
public final class DiscardingSink implements FrameSink {
  private static final int MAX_FRAME = 65536;
  private static final int FRAMES = 16;

  private final MemorySegment memory = Arena.global().allocate((long) FRAMES * MAX_FRAME, 8);
  private final LentFrames lent = new LentFrames(FRAMES, FRAMES);
  private int next;
  private long published;

  /** How many frames were published. */
  public long published() {
    return published;
  }

  @Override
  public boolean hasRoom() {
    return true;
  }

  @Override
  public LinkCapabilities capabilities() {
    return LinkCapabilities.NONE;
  }

  @Override
  public LentFrame lend(int headers, int capacity) {
    if (lent.isFull()) {
      return LentFrame.NONE;
    }
    next = lent.isEmpty() ? 0 : next + 1;
    long at = (long) next * MAX_FRAME;
    LentFrame frame = lent.lend(memory, at, headers, capacity);
    lent.pieces().add(memory, at + headers, capacity);
    return frame;
  }

  @Override
  public LentFrame lendReply(int capacity) {
    return lend(capacity, 0);
  }

  @Override
  public void publish(LentFrame frame, int length, Offload offload) {
    lent.publish(frame, length);
    published++;
  }

  @Override
  public void giveBack() {
    lent.clear();
  }

  @Override
  public void flush() {
    // There is nowhere to send them.
  }
}
