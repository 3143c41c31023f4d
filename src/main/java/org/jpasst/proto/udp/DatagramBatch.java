package org.jpasst.proto.udp;

import java.lang.foreign.MemorySegment;
import org.jpasst.wire.UdpHeader;

/** The guest's datagrams of one batch of frames, where they lie, chained by flow in their order. */
final class DatagramBatch {
  /** Most datagrams; more are sent in several goes. */
  static final int CAPACITY = 1024;

  /** End of a chain. */
  static final int NONE = -1;

  private final MemorySegment[] memories = new MemorySegment[CAPACITY];
  private final long[] headersAt = new long[CAPACITY];
  private final int[] lengths = new int[CAPACITY];
  private final int[] nexts = new int[CAPACITY];
  private final UdpFlow[] touched = new UdpFlow[CAPACITY];
  private int count;
  private int touchedCount;

  boolean isFull() {
    return count == CAPACITY;
  }

  /** Appends a datagram to its flow's chain; there has to be room. */
  void add(UdpFlow flow, MemorySegment s, long udpAt, int length) {
    int index = count++;
    memories[index] = s;
    headersAt[index] = udpAt;
    lengths[index] = length;
    nexts[index] = NONE;
    if (flow.batchFirst == NONE) {
      flow.batchFirst = index;
      touched[touchedCount++] = flow;
    } else {
      nexts[flow.batchLast] = index;
    }
    flow.batchLast = index;
  }

  /** How many flows have been added to; some more than once, whose chain is then with the last. */
  int flows() {
    return touchedCount;
  }

  UdpFlow flow(int index) {
    return touched[index];
  }

  MemorySegment memory(int datagram) {
    return memories[datagram];
  }

  /** Offset of the datagram's UDP header. */
  long headerAt(int datagram) {
    return headersAt[datagram];
  }

  /** Bytes of its header and payload. */
  int length(int datagram) {
    return lengths[datagram];
  }

  /** Offset of its payload. */
  long payloadAt(int datagram) {
    return headersAt[datagram] + UdpHeader.LENGTH;
  }

  /** Bytes of its payload. */
  int payloadLength(int datagram) {
    return lengths[datagram] - UdpHeader.LENGTH;
  }

  /** The same flow's next datagram, or {@link #NONE}. */
  int next(int datagram) {
    return nexts[datagram];
  }

  /** Forgets all; the flows' chains have been taken from them. */
  void clear() {
    for (int i = 0; i < touchedCount; i++) {
      touched[i] = null;
    }
    touchedCount = 0;
    count = 0;
  }
}
