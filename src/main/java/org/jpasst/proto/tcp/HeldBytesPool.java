package org.jpasst.proto.tcp;

import java.lang.foreign.Arena;

/** Chunks of memory for {@link HeldBytes}; bounded for all connections together. */
final class HeldBytesPool {
  /** Bytes in a chunk. */
  static final int CHUNK = 32 * 1024;

  /** Most chunks there are, unless more are allowed: 64 MiB. */
  private static final int LIMIT = 2048;

  private final Arena arena = Arena.global();
  private HeldBytes free = HeldBytes.NONE;
  private int made;
  private int limit = LIMIT;

  /** An empty chunk, or {@link HeldBytes#NONE} where all are in use. */
  HeldBytes take() {
    if (free.isEmpty()) {
      if (made >= limit) {
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

  /** Allows for so many bytes more: they come with a migration, and were acknowledged long ago. */
  void allow(long bytes) {
    limit += Math.toIntExact(bytes / CHUNK + 1);
  }

  void giveBack(HeldBytes chunk) {
    chunk.empty(free);
    free = chunk;
  }
}
