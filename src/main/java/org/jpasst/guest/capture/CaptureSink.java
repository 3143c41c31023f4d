package org.jpasst.guest.capture;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jpasst.guest.FrameSink;

/**
 * Records the frames for the guest when they are published. Frames are recorded without the padding
 * that the link adds.
 */
public final class CaptureSink implements FrameSink {
  private final FrameSink sink;
  private final PcapFile file;

  // Where the frames lie that are lent and not published, a ring whose size is a power of two.
  private long[] lent = new long[64];
  private int[] capacities = new int[64];
  private int oldest;
  private int count;

  /** Stands in front of a sink. */
  public CaptureSink(FrameSink sink, PcapFile file) {
    this.sink = sink;
    this.file = file;
  }

  @Override
  public boolean hasRoom() {
    return sink.hasRoom();
  }

  @Override
  public MemorySegment memory() {
    return sink.memory();
  }

  @Override
  public long lend(int capacity) {
    return remember(sink.lend(capacity), capacity);
  }

  @Override
  public long lendReply(int capacity) {
    return remember(sink.lendReply(capacity), capacity);
  }

  @Override
  public void publish(int length) {
    if (count > 0) {
      long at = lent[oldest];
      // A shorter frame gives back all that were lent after it.
      count = length < capacities[oldest] ? 0 : count - 1;
      oldest = oldest + 1 & lent.length - 1;
      file.record(sink.memory(), at, length);
    }
    sink.publish(length);
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

  private long remember(long at, int capacity) {
    if (at != NO_ROOM) {
      if (count == lent.length) {
        grow();
      }
      int next = oldest + count & lent.length - 1;
      lent[next] = at;
      capacities[next] = capacity;
      count++;
    }
    return at;
  }

  private void grow() {
    long[] larger = Arrays.copyOf(lent, 2 * lent.length);
    int[] largerCapacities = Arrays.copyOf(capacities, 2 * lent.length);
    for (int i = 0; i < count; i++) {
      int from = oldest + i & lent.length - 1;
      larger[i] = lent[from];
      largerCapacities[i] = capacities[from];
    }
    lent = larger;
    capacities = largerCapacities;
    oldest = 0;
  }
}
