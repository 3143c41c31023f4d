package org.jpasst.guest.vhostuser;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.FramePieces;

/** The buffers of descriptor chains: where they are in our memory, and where in the guest's. */
final class ChainBuffers {
  private final FramePieces pieces;
  private final long[] guestAddresses;

  ChainBuffers(int capacity) {
    pieces = new FramePieces(capacity);
    guestAddresses = new long[capacity];
  }

  /** Appends a part of a region; false if there is no room. */
  boolean add(MemorySegment memory, long at, int length, long guestAddress) {
    if (pieces.room() == 0) {
      return false;
    }
    guestAddresses[pieces.count()] = guestAddress;
    pieces.add(memory, at, length);
    return true;
  }

  FramePieces pieces() {
    return pieces;
  }

  int count() {
    return pieces.count();
  }

  int room() {
    return pieces.room();
  }

  int length(int index) {
    return pieces.length(index);
  }

  long guestAddress(int index) {
    return guestAddresses[index];
  }

  /** Forgets the buffers from an index on. */
  void truncate(int count) {
    pieces.truncate(count);
  }
}
