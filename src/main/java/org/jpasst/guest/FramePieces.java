package org.jpasst.guest;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.jpasst.wire.InternetChecksum;

/**
 * A table of parts of memory: where frames lie that are not in one piece. A frame has a run of
 * consecutive entries, in the order of its bytes. The memory may be the guest's, who may be writing
 * to it.
 */
public final class FramePieces {
  private final MemorySegment[] memories;
  private final long[] offsets;
  private final int[] lengths;
  private int count;

  /** An empty table with room for so many pieces. */
  public FramePieces(int capacity) {
    memories = new MemorySegment[capacity];
    offsets = new long[capacity];
    lengths = new int[capacity];
  }

  /** How many pieces there is room for. */
  public int room() {
    return lengths.length - count;
  }

  /** How many pieces there are. */
  public int count() {
    return count;
  }

  /**
   * Appends a piece.
   *
   * @throws IndexOutOfBoundsException if the table is full, or the piece isn't inside the memory
   */
  public void add(MemorySegment memory, long at, int length) {
    Objects.checkFromIndexSize(at, (long) length, memory.byteSize());
    int index = Objects.checkIndex(count, lengths.length);
    memories[index] = memory;
    offsets[index] = at;
    lengths[index] = length;
    count++;
  }

  /**
   * Appends bytes that other pieces have.
   *
   * @param first the piece of theirs that is counted from
   * @param from how many bytes behind its first one they begin
   * @param length how many there are, at most what the pieces have from there on
   * @throws IndexOutOfBoundsException if the table is full
   */
  public void add(FramePieces pieces, int first, int from, int length) {
    int skip = from;
    int left = length;
    for (int i = first; left > 0; i++) {
      int size = pieces.length(i);
      if (skip < size) {
        int part = Math.min(left, size - skip);
        add(pieces.memory(i), pieces.at(i) + skip, part);
        left -= part;
      }
      skip = Math.max(0, skip - size);
    }
  }

  /** Forgets the pieces from an index on. */
  public void truncate(int newCount) {
    count = Math.min(count, newCount);
  }

  /** The memory that holds a piece. */
  public MemorySegment memory(int index) {
    return memories[Objects.checkIndex(index, count)];
  }

  /** Where a piece begins in its memory. */
  public long at(int index) {
    return offsets[index];
  }

  /** How many bytes a piece has. */
  public int length(int index) {
    return lengths[index];
  }

  /**
   * The sum of the bytes of pieces, see {@link InternetChecksum#sum}.
   *
   * @param length in bytes, at most what the pieces from there on have together
   */
  public long sum(int first, int length) {
    long sum = 0;
    int done = 0;
    for (int i = first; done < length; i++) {
      int part = Math.min(length - done, lengths[i]);
      long next = InternetChecksum.sum(memory(i), offsets[i], part);
      sum = InternetChecksum.append(sum, done, next);
      done += part;
    }
    return sum;
  }

  /**
   * Fills pieces, beginning with one of them, from one piece of memory.
   *
   * @param length in bytes, at most what the pieces from there on have together
   */
  public void fill(int first, MemorySegment source, long at, int length) {
    int done = 0;
    for (int i = first; done < length; i++) {
      int part = Math.min(length - done, lengths[i]);
      MemorySegment.copy(source, at + done, memory(i), offsets[i], part);
      done += part;
    }
  }

  /**
   * Copies the bytes of pieces, beginning with one of them, to one piece of memory.
   *
   * @param length in bytes, at most what the pieces from there on have together
   */
  public void copy(int first, MemorySegment target, long at, int length) {
    int done = 0;
    for (int i = first; done < length; i++) {
      int part = Math.min(length - done, lengths[i]);
      MemorySegment.copy(memory(i), offsets[i], target, at + done, part);
      done += part;
    }
  }
}
