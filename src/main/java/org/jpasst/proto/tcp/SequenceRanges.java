package org.jpasst.proto.tcp;

/**
 * Ranges of sequence numbers, disjoint, not adjacent and in ascending order; at most {@link
 * #CAPACITY} of them, so that whoever sends us every other segment costs no more memory than that.
 * All of them have to lie within 2<sup>31</sup> numbers.
 */
final class SequenceRanges {
  /** Most ranges: with one segment in twenty lost, enough for a window of 5,000 segments. */
  static final int CAPACITY = 256;

  private final int[] starts = new int[CAPACITY];
  private final int[] ends = new int[CAPACITY];
  private int count;

  boolean isEmpty() {
    return count == 0;
  }

  int count() {
    return count;
  }

  /** First number of a range. */
  int start(int index) {
    return starts[index];
  }

  /** One more than the last number of a range. */
  int end(int index) {
    return ends[index];
  }

  /** One more than the highest number there is; only where there is a range. */
  int highest() {
    return ends[count - 1];
  }

  /** Numbers in all ranges together. */
  int size() {
    int size = 0;
    for (int i = 0; i < count; i++) {
      size += ends[i] - starts[i];
    }
    return size;
  }

  void clear() {
    count = 0;
  }

  /** Index of the first range that ends after a number, or {@link #count}. */
  int firstEndingAfter(int sequence) {
    // From the end: what is asked for mostly belongs to what came last.
    int index = count;
    while (index > 0 && SequenceNumber.after(ends[index - 1], sequence)) {
      index--;
    }
    return index;
  }

  /** Whether all numbers from {@code start} to before {@code end} are in one of the ranges. */
  boolean contains(int start, int end) {
    int index = firstEndingAfter(start);
    return index < count
        && !SequenceNumber.after(starts[index], start)
        && !SequenceNumber.before(ends[index], end);
  }

  /**
   * Adds a range, which may touch or overlap others.
   *
   * @return false where it would be one too many; then nothing has changed
   */
  boolean add(int start, int end) {
    // Those it touches become one with it: from the first that ends at its start or later ...
    int first = firstEndingAfter(start - 1);
    // ... up to the last that begins at its end or earlier.
    int next = first;
    while (next < count && !SequenceNumber.after(starts[next], end)) {
      next++;
    }
    if (first == next) {
      return insert(first, start, end);
    }
    if (SequenceNumber.before(start, starts[first])) {
      starts[first] = start;
    }
    int last = ends[next - 1];
    ends[first] = SequenceNumber.after(end, last) ? end : last;
    remove(first + 1, next);
    return true;
  }

  /** Takes out all numbers before {@code sequence}. */
  void removeBefore(int sequence) {
    int first = firstEndingAfter(sequence);
    remove(0, first);
    if (count > 0 && SequenceNumber.before(starts[0], sequence)) {
      starts[0] = sequence;
    }
  }

  private boolean insert(int index, int start, int end) {
    if (count == CAPACITY) {
      return false;
    }
    System.arraycopy(starts, index, starts, index + 1, count - index);
    System.arraycopy(ends, index, ends, index + 1, count - index);
    starts[index] = start;
    ends[index] = end;
    count++;
    return true;
  }

  private void remove(int from, int to) {
    if (from < to) {
      System.arraycopy(starts, to, starts, from, count - to);
      System.arraycopy(ends, to, ends, from, count - to);
      count -= to - from;
    }
  }
}
