package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.Sockets;

/**
 * Bytes of one connection that were accepted from the guest and that its socket had no room for, in
 * order. The window offered follows the socket's free space, which the kernel counts with overhead
 * that can't be known beforehand; what the estimate missed is kept here rather than discarded.
 */
final class HeldBytes {
  /** Nothing held. */
  static final HeldBytes NONE = new HeldBytes(MemorySegment.NULL);

  private final MemorySegment memory;
  private HeldBytes next = NONE;
  private HeldBytes last = this;
  private int start;
  private int end;

  HeldBytes(MemorySegment memory) {
    this.memory = memory;
  }

  boolean isEmpty() {
    return this == NONE;
  }

  /** Bytes held in all. */
  int size() {
    int size = 0;
    for (HeldBytes chunk = this; chunk != NONE; chunk = chunk.next) {
      size += chunk.end - chunk.start;
    }
    return size;
  }

  /**
   * Appends bytes; called on the first chunk.
   *
   * @return how many were appended: fewer only where the pool is exhausted
   */
  int append(HeldBytesPool pool, MemorySegment source, long at, int length) {
    int done = 0;
    while (done < length) {
      if (last.end == HeldBytesPool.CHUNK) {
        HeldBytes fresh = pool.take();
        if (fresh.isEmpty()) {
          break;
        }
        last.next = fresh;
        last = fresh;
      }
      int count = Math.min(length - done, HeldBytesPool.CHUNK - last.end);
      MemorySegment.copy(source, at + done, last.memory, last.end, count);
      last.end += count;
      done += count;
    }
    return done;
  }

  /**
   * Writes as much as the socket takes; chunks that are done with go back to the pool.
   *
   * @return the first chunk that is left, or {@link #NONE}; errors of the socket are left for the
   *     next call on it to report
   */
  HeldBytes flush(HeldBytesPool pool, Sockets sockets, int fd) {
    HeldBytes chunk = this;
    while (chunk != NONE) {
      int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
      int sent = sockets.send(fd, chunk.memory, chunk.start, chunk.end - chunk.start, flags);
      if (sent < 0) {
        return chunk;
      }
      chunk.start += sent;
      if (chunk.start < chunk.end) {
        return chunk;
      }
      HeldBytes done = chunk;
      chunk = chunk.next;
      if (chunk != NONE) {
        chunk.last = done.last;
      }
      pool.giveBack(done);
    }
    return NONE;
  }

  /** Copies all bytes held to the beginning of other memory. */
  void copyTo(MemorySegment target) {
    long at = 0;
    for (HeldBytes chunk = this; chunk != NONE; chunk = chunk.next) {
      int count = chunk.end - chunk.start;
      MemorySegment.copy(chunk.memory, chunk.start, target, at, count);
      at += count;
    }
  }

  /** Gives all chunks back. */
  void release(HeldBytesPool pool) {
    HeldBytes chunk = this;
    while (chunk != NONE) {
      HeldBytes following = chunk.next;
      pool.giveBack(chunk);
      chunk = following;
    }
  }

  /** Makes it an empty chunk again, linked to another free one. */
  void empty(HeldBytes nextFree) {
    start = 0;
    end = 0;
    next = nextFree;
    last = this;
  }

  HeldBytes next() {
    return next;
  }
}
