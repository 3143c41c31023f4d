package org.jpasst.migrate;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * Memory for the queues of one connection, given out again for the next: most are short, and
 * getting memory from the kernel for each, filled with zeros, takes longer than reading them.
 * Belongs to one thread.
 */
final class QueueMemory implements SegmentAllocator, AutoCloseable {
  /** Room for two queues of usual length, and for what {@code SocketDump} needs besides. */
  private static final long USUAL = 1 << 18;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment block = arena.allocate(USUAL, Long.BYTES);
  private long used;
  private Arena longer = arena;

  /** Not filled with zeros; valid until {@link #reuse} or {@link #close}. */
  @Override
  public MemorySegment allocate(long size, long alignment) {
    long at = (used + alignment - 1) & -alignment;
    if (size <= USUAL - at) {
      used = at + size;
      return block.asSlice(at, size);
    }
    if (longer == arena) {
      longer = Arena.ofConfined();
    }
    return longer.allocate(size, alignment);
  }

  /** All that was given out isn't used any more. */
  void reuse() {
    used = 0;
    if (longer != arena) {
      longer.close();
      longer = arena;
    }
  }

  @Override
  public void close() {
    reuse();
    arena.close();
  }
}
