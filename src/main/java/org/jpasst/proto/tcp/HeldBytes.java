package org.jpasst.proto.tcp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;

/**
 * Bytes of one connection that were accepted from the guest and that its socket had no room for, in
 * order. The window offered follows the socket's free space, which the kernel counts with overhead
 * that can't be known beforehand; what the estimate missed is kept here rather than discarded.
 */
final class HeldBytes {
  /** Bytes in a chunk. */
  private static final int CHUNK = 32 * 1024;

  /** Most chunks of all connections together, unless more are allowed: 64 MiB. */
  private static final int MAX_CHUNKS = 2048;

  private final ArrayDeque<MemorySegment> chunks = new ArrayDeque<>(1);

  /** Where the bytes begin in the first chunk. */
  private int start;

  /** Where they end in the last one. */
  private int end;

  /** Chunks for all connections. */
  static BoundedPool<MemorySegment> pool() {
    Arena arena = Arena.global();
    return new BoundedPool<>(MAX_CHUNKS, MemorySegment.NULL, () -> arena.allocate(CHUNK));
  }

  /** Room in a pool for bytes that come with a migration, and were acknowledged long ago. */
  static void allow(BoundedPool<MemorySegment> pool, long bytes) {
    pool.allow(Math.toIntExact(bytes / CHUNK + 1));
  }

  boolean isEmpty() {
    return chunks.isEmpty();
  }

  /** Bytes held in all. */
  int size() {
    return isEmpty() ? 0 : (chunks.size() - 1) * CHUNK + end - start;
  }

  /**
   * Appends bytes.
   *
   * @return how many were appended: fewer only where the pool is exhausted
   */
  int append(BoundedPool<MemorySegment> pool, MemorySegment source, long at, int length) {
    int done = 0;
    while (done < length && hasRoom(pool)) {
      int count = Math.min(length - done, CHUNK - end);
      MemorySegment.copy(source, at + done, chunks.getLast(), end, count);
      end += count;
      done += count;
    }
    return done;
  }

  private boolean hasRoom(BoundedPool<MemorySegment> pool) {
    if (!isEmpty() && end < CHUNK) {
      return true;
    }
    MemorySegment fresh = pool.take();
    if (fresh.equals(MemorySegment.NULL)) {
      return false;
    }
    chunks.addLast(fresh);
    end = 0;
    return true;
  }

  /**
   * Writes as much as the socket takes; chunks that are done with go back to the pool. Errors of
   * the socket are left for the next call on it to report.
   */
  void flush(BoundedPool<MemorySegment> pool, Sockets sockets, int fd) {
    while (!isEmpty()) {
      int length = firstEnd() - start;
      int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
      int sent = sockets.send(fd, chunks.getFirst(), start, length, flags);
      if (sent < 0) {
        return;
      }
      start += sent;
      if (sent < length) {
        return;
      }
      giveBackFirst(pool);
    }
  }

  /** Copies all bytes held to the beginning of other memory. */
  void copyTo(MemorySegment target) {
    long at = 0;
    int from = start;
    for (MemorySegment chunk : chunks) {
      int count = (chunk == chunks.getLast() ? end : CHUNK) - from;
      MemorySegment.copy(chunk, from, target, at, count);
      at += count;
      from = 0;
    }
  }

  /** Gives all chunks back. */
  void release(BoundedPool<MemorySegment> pool) {
    while (!isEmpty()) {
      giveBackFirst(pool);
    }
  }

  private int firstEnd() {
    return chunks.size() == 1 ? end : CHUNK;
  }

  private void giveBackFirst(BoundedPool<MemorySegment> pool) {
    pool.giveBack(chunks.removeFirst());
    start = 0;
  }
}
