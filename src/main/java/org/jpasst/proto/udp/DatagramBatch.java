package org.jpasst.proto.udp;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.linux.IoVectors;
import org.jpasst.linux.SharedMapping;
import org.jpasst.proto.Packet;
import org.jpasst.wire.UdpHeader;

/**
 * The guest's datagrams of one batch of frames, where they lie, chained by flow in their order. An
 * entry may stand for several datagrams of one size that the guest hasn't cut up itself.
 */
final class DatagramBatch {
  /** Most datagrams; more are sent in several goes. */
  static final int CAPACITY = 1024;

  /** End of a chain. */
  static final int NONE = -1;

  private final MemorySegment[] memories = new MemorySegment[CAPACITY];
  private final long[] headersAt = new long[CAPACITY];
  private final int[] headLengths = new int[CAPACITY];
  private final FramePieces[] pieces = new FramePieces[CAPACITY];
  private final int[] firstPieces = new int[CAPACITY];
  private final int[] payloadsFrom = new int[CAPACITY];
  private final int[] payloadLengths = new int[CAPACITY];
  private final int[] segmentSizes = new int[CAPACITY];
  private final int[] nexts = new int[CAPACITY];
  private final UdpFlow[] touched = new UdpFlow[CAPACITY];
  private int count;
  private int touchedCount;
  private long lostBefore;

  boolean isFull() {
    return count == CAPACITY;
  }

  /** Appends a datagram to its flow's chain; there has to be room. Answers the entry. */
  int add(UdpFlow flow, Packet packet) {
    if (count == 0) {
      lostBefore = SharedMapping.lost();
    }
    int index = count++;
    Frame frame = packet.frame();
    memories[index] = frame.memory();
    headersAt[index] = packet.at();
    headLengths[index] = packet.lengthInHead();
    pieces[index] = frame.pieces();
    firstPieces[index] = frame.firstPiece();
    payloadsFrom[index] = UdpHeader.LENGTH;
    payloadLengths[index] = packet.length() - UdpHeader.LENGTH;
    segmentSizes[index] = frame.datagramSize() < payloadLengths[index] ? frame.datagramSize() : 0;
    nexts[index] = NONE;
    if (flow.batchFirst == NONE) {
      flow.batchFirst = index;
      touched[touchedCount++] = flow;
    } else {
      nexts[flow.batchLast] = index;
    }
    flow.batchLast = index;
    return index;
  }

  /**
   * Makes an entry that stands for several datagrams into one for each, as far as there is room.
   *
   * @return false where there isn't: the last entry stands for what is left
   */
  boolean cut(UdpFlow flow, int index) {
    int last = index;
    while (segmentSizes[last] != 0 && count < CAPACITY) {
      int size = segmentSizes[last];
      int rest = count++;
      memories[rest] = memories[last];
      headersAt[rest] = headersAt[last];
      headLengths[rest] = headLengths[last];
      pieces[rest] = pieces[last];
      firstPieces[rest] = firstPieces[last];
      payloadsFrom[rest] = payloadsFrom[last] + size;
      payloadLengths[rest] = payloadLengths[last] - size;
      segmentSizes[rest] = size < payloadLengths[rest] ? size : 0;
      nexts[rest] = nexts[last];
      nexts[last] = rest;
      payloadLengths[last] = size;
      segmentSizes[last] = 0;
      last = rest;
    }
    if (flow.batchLast == index) {
      flow.batchLast = last;
    }
    return segmentSizes[last] == 0;
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

  /** Whether memory is gone that the datagrams may be in, and be zeros now: they are worthless. */
  boolean isTorn() {
    return SharedMapping.lost() != lostBefore;
  }

  /** Offset of the datagram's UDP header. */
  long headerAt(int datagram) {
    return headersAt[datagram];
  }

  /** Bytes from its header on that lie in one piece. */
  int lengthInHead(int datagram) {
    return headLengths[datagram];
  }

  /** Bytes of its payload. */
  int payloadLength(int datagram) {
    return payloadLengths[datagram];
  }

  /** Payload of each of the datagrams it stands for, but the last; 0 if it is one. */
  int segmentSize(int datagram) {
    return segmentSizes[datagram];
  }

  /**
   * Points vectors at an entry's payload.
   *
   * @param index of the first vector
   * @return how many it takes: at most one more than the frame has pieces
   */
  int point(int datagram, IoVectors vectors, int index) {
    int skip = payloadsFrom[datagram];
    int left = payloadLengths[datagram];
    int used = 0;
    if (skip < headLengths[datagram] || left == 0) {
      int size = Math.min(left, headLengths[datagram] - skip);
      vectors.set(index, memories[datagram], headersAt[datagram] + skip, size);
      used = 1;
      left -= size;
    }
    skip = Math.max(0, skip - headLengths[datagram]);
    FramePieces rest = pieces[datagram];
    for (int i = firstPieces[datagram]; left > 0; i++) {
      int size = Math.min(left, rest.length(i) - skip);
      if (size > 0) {
        vectors.set(index + used++, rest.memory(i), rest.at(i) + skip, size);
        left -= size;
      }
      skip = Math.max(0, skip - rest.length(i));
    }
    return used;
  }

  /** Whether an entry's payload lies in one piece and is one datagram. */
  boolean isSimple(int datagram) {
    return segmentSizes[datagram] == 0
        && payloadsFrom[datagram] + payloadLengths[datagram] <= headLengths[datagram];
  }

  /** The same flow's next datagram, or {@link #NONE}. */
  int next(int datagram) {
    return nexts[datagram];
  }

  /** Forgets all, chains of flows that weren't sent too. */
  void clear() {
    for (int i = 0; i < touchedCount; i++) {
      touched[i].batchFirst = NONE;
      touched[i] = null;
    }
    touchedCount = 0;
    count = 0;
  }
}
