package org.jpasst.guest;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A guest's link for tests that measure: always has room, counts the frames and forgets them. */
public final class DiscardingSink implements FrameSink {
  private static final int MAX_FRAME = 65536;
  private static final int FRAMES = 16;

  private final MemorySegment memory = Arena.global().allocate((long) FRAMES * MAX_FRAME, 8);
  private final FramePieces payload = new FramePieces(FRAMES);
  private int lent;
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
  public FramePieces payload() {
    return payload;
  }

  @Override
  public int firstPiece() {
    return payload.count() - 1;
  }

  @Override
  public long lend(int headers, int capacity) {
    if (lent == 0) {
      payload.truncate(0);
    }
    long at = lend(headers + capacity);
    if (at != NO_ROOM) {
      payload.add(memory, at + headers, capacity);
    }
    return at;
  }

  @Override
  public void publish(
      int length, int transportAt, int checksumAt, int segmentation, int segmentSize) {
    publish(length);
  }

  @Override
  public MemorySegment memory() {
    return memory;
  }

  @Override
  public long lend(int capacity) {
    return lent == FRAMES ? NO_ROOM : (long) lent++ * MAX_FRAME;
  }

  @Override
  public long lendReply(int capacity) {
    return lend(capacity);
  }

  @Override
  public void publish(int length) {
    lent = 0;
    published++;
  }

  @Override
  public void giveBack() {
    lent = 0;
  }

  @Override
  public void flush() {
    // There is nowhere to send them.
  }
}
