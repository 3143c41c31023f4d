package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;

/**
 * The segments of one batch of frames, chained by connection in the order of arrival, so that each
 * connection is handled once per batch: one system call for its data, one acknowledgment.
 */
final class SegmentBatch {
  /** Segments kept at most; a larger batch is handled in parts. */
  static final int CAPACITY = 4096;

  /** End of a chain. */
  static final int END = -1;

  private final MemorySegment[] memory = new MemorySegment[CAPACITY];
  private final long[] at = new long[CAPACITY];
  private final int[] length = new int[CAPACITY];
  private final int[] next = new int[CAPACITY];
  private final TcpConnection[] touched = new TcpConnection[CAPACITY];
  private int count;
  private int touchedCount;

  boolean isFull() {
    return count == CAPACITY;
  }

  /** Appends a segment to its connection's chain. */
  void add(TcpConnection connection, MemorySegment segment, long tcpAt, int tcpLength) {
    int index = count++;
    memory[index] = segment;
    at[index] = tcpAt;
    length[index] = tcpLength;
    next[index] = END;
    if (connection.firstSegment == END) {
      connection.firstSegment = index;
      touched[touchedCount++] = connection;
    } else {
      next[connection.lastSegment] = index;
    }
    connection.lastSegment = index;
  }

  /** How many connections have segments. */
  int connections() {
    return touchedCount;
  }

  TcpConnection connection(int index) {
    return touched[index];
  }

  MemorySegment memory(int index) {
    return memory[index];
  }

  /** Offset of the segment's TCP header. */
  long at(int index) {
    return at[index];
  }

  /** Bytes of its TCP header and payload. */
  int length(int index) {
    return length[index];
  }

  /** The same connection's next segment, or {@link #END}. */
  int next(int index) {
    return next[index];
  }

  /** Forgets all; the connections' chains are the caller's to reset. */
  void clear() {
    count = 0;
    touchedCount = 0;
  }
}
