package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** A native array of {@code struct iovec} (readv(2)), made once. */
public final class IoVectors {
  /** Size of one {@code struct iovec}. */
  static final long SIZE = 16;

  /** Most vectors that a call takes, linux/uio.h. */
  public static final int UIO_MAXIOV = 1024;

  private static final long LENGTH_AT = 8;

  private final MemorySegment memory;
  private final long at;
  private final int capacity;

  /** An array in memory of its own, for the process's life. */
  public IoVectors(int capacity) {
    this(Arena.global().allocate(SIZE * capacity, 8), 0, capacity);
  }

  IoVectors(MemorySegment memory, long at, int capacity) {
    this.memory = memory;
    this.at = at;
    this.capacity = capacity;
  }

  /** How many vectors there are. */
  public int capacity() {
    return capacity;
  }

  /**
   * Points a vector at a part of a buffer, which must outlive the call the vector is used in.
   *
   * @throws IndexOutOfBoundsException if the part isn't inside the buffer
   */
  public void set(int index, MemorySegment buffer, long offset, long length) {
    Objects.checkFromIndexSize(offset, length, buffer.byteSize());
    long entry = entry(index);
    memory.set(JAVA_LONG, entry, buffer.address() + offset);
    memory.set(JAVA_LONG, entry + LENGTH_AT, length);
  }

  /** Changes only the length, which must be inside the buffer set last. */
  public void setLength(int index, long length) {
    memory.set(JAVA_LONG, entry(index) + LENGTH_AT, length);
  }

  /** The length of one vector. */
  public long length(int index) {
    return memory.get(JAVA_LONG, entry(index) + LENGTH_AT);
  }

  long address() {
    return memory.address() + at;
  }

  private long entry(int index) {
    return at + SIZE * Objects.checkIndex(index, capacity);
  }
}
