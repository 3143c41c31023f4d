package org.jpasst.guest;

import java.lang.foreign.MemorySegment;

/**
 * The frames that a sink has lent, in the order in which they come back. Its objects are made once:
 * when all are back, the first is lent again.
 */
public final class LentFrames {
  private final LentFrame[] frames;
  private final FramePieces pieces;
  private int oldest;
  private int end;

  /**
   * Nothing is lent yet.
   *
   * @param most frames lent before all are back
   * @param mostPieces of their payloads
   */
  public LentFrames(int most, int mostPieces) {
    pieces = new FramePieces(mostPieces);
    frames = new LentFrame[most];
    for (int i = 0; i < most; i++) {
      frames[i] = new LentFrame(pieces);
    }
  }

  /** Whether all are back. */
  public boolean isEmpty() {
    return oldest == end;
  }

  /** Whether none can be lent before all are back. */
  public boolean isFull() {
    return end == frames.length && oldest < end;
  }

  /** Where the pieces of the payload of the frame lent last are to be added. */
  public FramePieces pieces() {
    return pieces;
  }

  /**
   * Lends a frame; not where this {@link #isFull}.
   *
   * @param at where its head begins in the memory
   * @param headRoom bytes of the head
   * @param payloadRoom bytes of the payload, whose pieces are added next
   */
  public LentFrame lend(MemorySegment memory, long at, int headRoom, int payloadRoom) {
    if (isEmpty()) {
      clear();
    }
    return frames[end++].set(memory, at, headRoom, payloadRoom);
  }

  /**
   * Takes a frame back that is published, and all behind it if it is shorter than it was lent for.
   *
   * @throws IllegalStateException if it isn't the oldest, or doesn't fit
   */
  public void publish(LentFrame frame, int length) {
    if (isEmpty() || frame != frames[oldest]) {
      throw new IllegalStateException("published a frame that isn't the one lent first");
    }
    if (length < FrameLength.MIN || length > frame.room()) {
      throw new IllegalStateException("published " + length + " bytes, lent " + frame.room());
    }
    oldest = length < frame.room() ? end : oldest + 1;
  }

  /** All are back. */
  public void clear() {
    oldest = 0;
    end = 0;
    pieces.truncate(0);
  }
}
