package org.jpasst.fuzz;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jpasst.wire.NetworkOrder;

/**
 * A frame that one side of a bridge was given.
 *
 * @param bytes of the frame, which may have been filled up
 * @param offload what is left to do
 * @param headers how long the headers are, as it was told
 */
record TakenFrame(byte[] bytes, FrameOffload offload, int headers) {
  private static final int NUMBER_AT = 8;

  /** Ethernet's minimum, without its checksum. */
  private static final int LEAST = 60;

  /** Which one it was: see {@link ShownFrame#number}. */
  int number() {
    return NetworkOrder.get32(MemorySegment.ofArray(bytes), NUMBER_AT);
  }

  /** Whether these are its bytes, or were before it was filled up. */
  boolean isPadded(byte[] other) {
    return Arrays.equals(bytes, other)
        || other.length < LEAST && Arrays.equals(bytes, Arrays.copyOf(other, LEAST));
  }
}
