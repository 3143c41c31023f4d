package org.jpasst.proto.tcp;

import java.lang.foreign.Arena;

/** Chunks of memory for {@link HeldBytes}; bounded for all connections together. */
final class HeldBytesPool {
  /** Bytes in a chunk. */
  static final int CHUNK = 32 * 1024;

  /** Most chunks there are: 64 MiB. */
  private static final int LIMIT = 2048;

  private final Arena arena = Arena.global();
  private HeldBytes free = HeldBytes.NONE;
  private int made;

  /** An empty chunk, or {@link HeldBytes#NONE} where all are in use. */
  HeldBytes take() {
    if (free.isEmpty()) {
      if (made == LIMIT) {
        return HeldBytes.NONE;
      }
      made++;
      return new HeldBytes(arena.allocate(CHUNK));
    }
    HeldBytes chunk = free;
    free = chunk.next();
    chunk.empty(HeldBytes.NONE);
    return chunk;
  }

  void giveBack(HeldBytes chunk) {
    chunk.empty(free);
    free = chunk;
  }
}
