package org.jpasst.guest.vhostuser;

import java.lang.foreign.MemorySegment;
import org.jpasst.linux.SharedMapping;

/**
 * A part of the guest's memory that we share.
 *
 * @param guestAddress where the guest has it
 * @param size in bytes
 * @param userAddress where the front-end has it, which it names rings by
 * @param memory where we have it
 * @param mapping that this belongs to, which the region owns
 */
record MemoryRegion(
    long guestAddress, long size, long userAddress, MemorySegment memory, SharedMapping mapping) {

  /** Offset of a guest's address, or something not below {@link #size}, unsigned. */
  long offsetOfGuest(long address) {
    return address - guestAddress;
  }

  /** Whether an offset is inside. */
  boolean contains(long offset) {
    return Long.compareUnsigned(offset, size) < 0;
  }

  /** Whether so many bytes from an offset on are inside. */
  boolean contains(long offset, long length) {
    return contains(offset) && length <= size - offset;
  }

  boolean overlaps(long otherAddress, long otherSize) {
    return contains(offsetOfGuest(otherAddress))
        || Long.compareUnsigned(guestAddress - otherAddress, otherSize) < 0;
  }
}
