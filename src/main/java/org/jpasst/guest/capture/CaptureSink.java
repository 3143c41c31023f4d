package org.jpasst.guest.capture;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LinkCapabilities;

/**
 * Records the frames for the guest when they are published. Frames are recorded without the padding
 * that the link adds.
 */
final class CaptureSink implements FrameSink {
  private final FrameSink sink;
  private final FrameRecorder recorder;

  // The frames that are lent and not published, a ring whose size is a power of two: where they
  // begin, bytes there is room for, bytes of those in front of the pieces, and the first piece.
  private long[] lent = new long[64];
  private int[] capacities = new int[64];
  private int[] heads = new int[64];
  private int[] firstPieces = new int[64];
  private int oldest;
  private int count;

  /** Stands in front of a sink. */
  CaptureSink(FrameSink sink, FrameRecorder recorder) {
    this.sink = sink;
    this.recorder = recorder;
  }

  @Override
  public boolean hasRoom() {
    return sink.hasRoom();
  }

  @Override
  public boolean isStalled() {
    return sink.isStalled();
  }

  @Override
  public boolean isLossy() {
    return sink.isLossy();
  }

  @Override
  public LinkCapabilities capabilities() {
    return sink.capabilities();
  }

  @Override
  public FramePieces payload() {
    return sink.payload();
  }

  @Override
  public int firstPiece() {
    return sink.firstPiece();
  }

  @Override
  public MemorySegment memory() {
    return sink.memory();
  }

  @Override
  public long lend(int headers, int capacity) {
    return remember(sink.lend(headers, capacity), headers + capacity, headers);
  }

  @Override
  public long lendReply(int capacity) {
    return remember(sink.lendReply(capacity), capacity, capacity);
  }

  @Override
  public long lendControl(int capacity) {
    return remember(sink.lendControl(capacity), capacity, capacity);
  }

  @Override
  public void publish(int length) {
    record(length);
    sink.publish(length);
  }

  @Override
  public void publish(
      int length, int transportAt, int checksumAt, int segmentation, int segmentSize) {
    record(length);
    sink.publish(length, transportAt, checksumAt, segmentation, segmentSize);
  }

  private void record(int length) {
    if (count > 0) {
      int frame = oldest;
      // A shorter frame gives back all that were lent after it.
      count = length < capacities[frame] ? 0 : count - 1;
      oldest = oldest + 1 & lent.length - 1;
      int head = Math.min(length, heads[frame]);
      recorder.toGuest(
          sink.memory(), lent[frame], head, sink.payload(), firstPieces[frame], length);
    }
  }

  @Override
  public void giveBack() {
    count = 0;
    sink.giveBack();
  }

  @Override
  public void flush() {
    sink.flush();
  }

  private long remember(long at, int capacity, int head) {
    if (at != NO_ROOM) {
      if (count == lent.length) {
        grow();
      }
      int next = oldest + count & lent.length - 1;
      lent[next] = at;
      capacities[next] = capacity;
      heads[next] = head;
      firstPieces[next] = head < capacity ? sink.firstPiece() : 0;
      count++;
    }
    return at;
  }

  private void grow() {
    long[] larger = Arrays.copyOf(lent, 2 * lent.length);
    int[] largerCapacities = Arrays.copyOf(capacities, 2 * lent.length);
    int[] largerHeads = Arrays.copyOf(heads, 2 * lent.length);
    int[] largerFirstPieces = Arrays.copyOf(firstPieces, 2 * lent.length);
    for (int i = 0; i < count; i++) {
      int from = oldest + i & lent.length - 1;
      larger[i] = lent[from];
      largerCapacities[i] = capacities[from];
      largerHeads[i] = heads[from];
      largerFirstPieces[i] = firstPieces[from];
    }
    lent = larger;
    capacities = largerCapacities;
    heads = largerHeads;
    firstPieces = largerFirstPieces;
    oldest = 0;
  }
}
