package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Bytes of one connection that came from the guest after a gap: kept until what is missing has come
 * (RFC 9293 section 3.10.7.4 suggests that, RFC 2018 makes it worth while), so that the guest sends
 * again only what was lost. They may be forgotten at any time before they are acknowledged (RFC
 * 2018 section 8).
 *
 * <p>A byte lies in the block of its sequence number, so segments may come in any order.
 */
final class OutOfOrderBytes {
  /** Kept up to so many bytes behind the first missing one: 100 ms at 640 Mbit/s. */
  static final int MAX_AHEAD = 8 << 20;

  /** Bytes in a block. */
  static final int BLOCK = 32 * 1024;

  /** Most blocks of all connections together: 32 MiB. */
  static final int MAX_BLOCKS = 1024;

  /** Nothing kept. */
  static final OutOfOrderBytes NONE = new OutOfOrderBytes();

  /** Blocks by the number of their sequence range, modulo the length: twice what is kept. */
  private final MemorySegment[] blocks = new MemorySegment[2 * MAX_AHEAD / BLOCK];

  private final SequenceRanges ranges = new SequenceRanges();
  private int latest;
  private int held;

  OutOfOrderBytes() {
    Arrays.fill(blocks, MemorySegment.NULL);
  }

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** What is kept, as ranges of sequence numbers. */
  SequenceRanges ranges() {
    return ranges;
  }

  /** A sequence number that the segment kept last contains: its range is reported first. */
  int latest() {
    return latest;
  }

  /**
   * Keeps a segment. Of all blocks one connection has at most as many as are left for others
   * (Choudhury and Hahne, "Dynamic queue length thresholds for shared-memory packet switches",
   * 1998): however many connections have gaps, each further one still gets some.
   *
   * @param next the sequence number of the first missing byte
   * @return false where there is no room for it
   */
  boolean keep(
      BoundedPool<MemorySegment> pool,
      int next,
      MemorySegment s,
      long at,
      int sequence,
      int length) {
    if (sequence + length - next > MAX_AHEAD) {
      return false;
    }
    for (int done = 0; done < length; ) {
      int index = index(sequence + done);
      if (blocks[index].equals(MemorySegment.NULL)) {
        if (held > pool.left()) {
          return false;
        }
        blocks[index] = pool.take();
        held++;
      }
      int count = Math.min(length - done, run(sequence + done));
      MemorySegment.copy(s, at + done, blocks[index], offset(sequence + done), count);
      done += count;
    }
    latest = sequence;
    return ranges.add(sequence, sequence + length);
  }

  /** How many bytes from a sequence number on are kept without a gap. */
  int available(int sequence) {
    int index = ranges.firstEndingAfter(sequence);
    boolean there = index < ranges.count() && !SequenceNumber.after(ranges.start(index), sequence);
    return there ? ranges.end(index) - sequence : 0;
  }

  /** The memory in which the byte of a sequence number lies. */
  MemorySegment memory(int sequence) {
    return blocks[index(sequence)];
  }

  /** Where in that memory. */
  long offset(int sequence) {
    return sequence & (BLOCK - 1);
  }

  /** How many bytes from there on lie in that memory. */
  int run(int sequence) {
    return BLOCK - (sequence & (BLOCK - 1));
  }

  /** Forgets what lies before a sequence number; blocks without kept bytes go back. */
  void forgetBefore(BoundedPool<MemorySegment> pool, int sequence) {
    ranges.removeBefore(sequence);
    if (ranges.isEmpty()) {
      clear(pool);
      return;
    }
    int firstNeeded = index(ranges.start(0));
    int lastNeeded = index(ranges.highest() - 1);
    for (int i = index(lastNeeded + 1L); i != firstNeeded; i = index(i + 1L)) {
      giveBack(pool, i);
    }
  }

  /** Forgets everything. */
  void clear(BoundedPool<MemorySegment> pool) {
    ranges.clear();
    for (int i = 0; i < blocks.length; i++) {
      giveBack(pool, i);
    }
  }

  private void giveBack(BoundedPool<MemorySegment> pool, int index) {
    if (!blocks[index].equals(MemorySegment.NULL)) {
      pool.giveBack(blocks[index]);
      held--;
      blocks[index] = MemorySegment.NULL;
    }
  }

  private int index(int sequence) {
    return index((sequence & 0xffff_ffffL) / BLOCK);
  }

  private int index(long number) {
    return (int) number & (blocks.length - 1);
  }
}
