package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.linux.SharedMapping;
import org.jpasst.proto.Packet;

/**
 * The segments of one batch of frames, chained by connection in the order of arrival, so that each
 * connection is handled once per batch: one system call for its data, one acknowledgment.
 *
 * <p>A segment has parts: the first begins with its TCP header, which is whole in it.
 */
final class SegmentBatch {
  /** Segments kept at most; a larger batch is handled in parts. */
  static final int CAPACITY = 4096;

  /** End of a chain. */
  static final int END = -1;

  private final MemorySegment[] memory = new MemorySegment[CAPACITY];
  private final long[] at = new long[CAPACITY];
  private final int[] length = new int[CAPACITY];
  private final int[] firstLength = new int[CAPACITY];
  private final FramePieces[] pieces = new FramePieces[CAPACITY];
  private final int[] firstPiece = new int[CAPACITY];
  private final int[] next = new int[CAPACITY];
  private final TcpConnection[] touched = new TcpConnection[CAPACITY];
  private final int[] first = new int[CAPACITY];
  private final int[] last = new int[CAPACITY];
  private int count;
  private int touchedCount;
  private long lostBefore;

  boolean isFull() {
    return count == CAPACITY;
  }

  /** Appends a segment to its connection's chain. */
  void add(TcpConnection connection, Packet packet) {
    if (count == 0) {
      lostBefore = SharedMapping.lost();
    }
    int index = count++;
    Frame frame = packet.frame();
    memory[index] = frame.memory();
    at[index] = packet.at();
    length[index] = packet.length();
    firstLength[index] = packet.lengthInHead();
    pieces[index] = frame.pieces();
    firstPiece[index] = frame.firstPiece();
    next[index] = END;
    if (connection.batchPlace == TcpConnection.NO_PLACE) {
      connection.batchPlace = touchedCount++;
      touched[connection.batchPlace] = connection;
      first[connection.batchPlace] = index;
    } else {
      next[last[connection.batchPlace]] = index;
    }
    last[connection.batchPlace] = index;
  }

  /** Whether memory is gone that the segments may be in, and be zeros now: they are worthless. */
  boolean isTorn() {
    return SharedMapping.lost() != lostBefore;
  }

  /** How many connections have segments. */
  int connections() {
    return touchedCount;
  }

  TcpConnection connection(int index) {
    return touched[index];
  }

  /** The first segment of one of them; {@link #END} where it has ended since that came. */
  int first(int index) {
    return touched[index].batchPlace == index ? first[index] : END;
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

  /** The memory of one of its parts. */
  MemorySegment partMemory(int index, int part) {
    return part == 0 ? memory[index] : pieces[index].memory(firstPiece[index] + part - 1);
  }

  /** Where one of its parts begins. */
  long partAt(int index, int part) {
    return part == 0 ? at[index] : pieces[index].at(firstPiece[index] + part - 1);
  }

  /** Bytes of one of its parts; the last one's may go beyond the segment's end. */
  int partLength(int index, int part) {
    return part == 0 ? firstLength[index] : pieces[index].length(firstPiece[index] + part - 1);
  }

  /** The same connection's next segment, or {@link #END}. */
  int next(int index) {
    return next[index];
  }

  /** Forgets all, chains of connections that weren't handled too. */
  void clear() {
    for (int i = 0; i < touchedCount; i++) {
      touched[i].batchPlace = TcpConnection.NO_PLACE;
    }
    count = 0;
    touchedCount = 0;
  }
}
