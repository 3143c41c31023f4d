package org.jpasst.guest.vhostuser;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.Segmentation;
import org.jpasst.guest.VirtioNetHeader;
import org.jpasst.linux.ZeroPages;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Frames of the guest, out of the buffers of its transmit queues, one queue after the other. A
 * frame's head is copied, so that the guest can't change headers after they were checked; the rest
 * is shown where it lies. Chains go back to the guest at the end of a batch, when nobody looks at
 * them any more.
 */
final class TransmitQueue {
  /** Chains shown before they go back: few enough to be in the processor's cache still. */
  private static final int BATCH = 256;

  /** Descriptors and, beyond one a chain, datagrams that end a batch: what they cost is alike. */
  private static final int BATCH_PARTS = 4096;

  /** Bytes that end a batch: enough for any socket. */
  private static final int BATCH_BYTES = 2 << 20;

  /** Datagrams that a frame stands for; Linux makes 128 at most (UDP_MAX_SEGMENTS). */
  private static final int MAX_DATAGRAMS = 1024;

  private static final int MIN_FRAME = 14;

  /** An Ethernet header and the longest IPv6 packet that is no jumbogram. */
  private static final int MAX_FRAME = 14 + 40 + 65_535;

  /** Room for batches and, beyond that, for one chain of any queue. */
  private static final int MAX_BUFFERS = 4096 + 2 * Virtqueue.MAX_SIZE;

  private final Counters counters;
  private final ChainBuffers buffers = new ChainBuffers(MAX_BUFFERS);
  private final FramePieces rest = new FramePieces(MAX_BUFFERS);
  private final Frame frame = new Frame(rest);
  private final MemorySegment copies =
      ZeroPages.map((long) BATCH * (VirtioNetHeader.MAX_LENGTH + Frame.HEAD));
  private final int[] heads = new int[BATCH];
  private int headerLength = VirtioNetHeader.MAX_LENGTH;
  private int taken;
  private int datagrams;
  private long bytes;

  /** The first buffer of the chain taken last. */
  private int buffersFrom;

  TransmitQueue(Counters counters) {
    this.counters = counters;
  }

  /** Sets what has been agreed upon. */
  void features(long features) {
    headerLength = Features.headerLength(features);
  }

  /**
   * Shows what the guest has made available in a queue, up to one batch.
   *
   * @return whether there may be more
   */
  boolean deliver(Vring ring, FrameReceiver receiver, long now) {
    Virtqueue queue = ring.queue();
    queue.disableKicks();
    buffers.truncate(0);
    rest.truncate(0);
    taken = 0;
    datagrams = 0;
    bytes = 0;
    long walkedBefore = queue.walked();
    boolean shown = false;
    // What was taken goes back even if a receiver throws: that frame isn't shown again.
    try {
      while (ring.isRunning() && hasRoom(queue.walked() - walkedBefore) && !receiver.isBlocked()) {
        if (!take(queue)) {
          break;
        }
        boolean sensible = prepare();
        if (queue.isTorn()) {
          break; // what was copied may be nothing that the guest has sent
        }
        if (sensible) {
          shown = true;
          receiver.onFrame(frame, now);
        }
      }
    } finally {
      try {
        if (shown) {
          receiver.onBatchEnd(now);
        }
      } finally {
        giveBack(ring);
      }
    }
    if (taken > 0 && ring.isRunning()) {
      return true;
    }
    queue.enableKicks();
    return ring.isRunning() && queue.available() > 0;
  }

  /** Whether the batch goes on: what the guest asks of a turn is bounded, however it asks. */
  private boolean hasRoom(long walked) {
    return taken < BATCH
        && buffers.room() > 2 * Virtqueue.MAX_SIZE
        && walked + datagrams < BATCH_PARTS
        && bytes < BATCH_BYTES;
  }

  private boolean take(Virtqueue queue) {
    buffersFrom = buffers.count();
    int head = queue.pop(buffers, false);
    if (head == Virtqueue.EMPTY) {
      return false;
    }
    heads[taken++] = head == Virtqueue.BAD ? queue.badHead() : head;
    return true;
  }

  /** Makes a frame of the chain taken last; false, counted, if it is none. */
  private boolean prepare() {
    FramePieces pieces = buffers.pieces();
    long total = -headerLength;
    for (int i = buffersFrom; i < buffers.count(); i++) {
      total += pieces.length(i);
    }
    if (total < MIN_FRAME || total > MAX_FRAME) {
      counters.increment(Counter.DROP_BAD_CHAIN);
      return false;
    }
    int length = (int) total;
    bytes += length;
    long header = (long) (taken - 1) * (VirtioNetHeader.MAX_LENGTH + Frame.HEAD);
    int head = Math.min(length, Frame.HEAD);
    pieces.copy(buffersFrom, copies, header, headerLength + head);
    int first = rest.count();
    rest.add(pieces, buffersFrom, headerLength + head, length - head);
    long at = header + headerLength;
    frame.set(copies, at, head, first, rest.count() - first);
    return setOffload(header);
  }

  private boolean setOffload(long header) {
    int segmentation = VirtioNetHeader.segmentation(copies, header);
    int segmentSize = VirtioNetHeader.segmentSize(copies, header);
    boolean known =
        switch (segmentation) {
          case Segmentation.NONE -> true;
          case Segmentation.TCP4, Segmentation.TCP6, Segmentation.UDP -> segmentSize > 0;
          default -> false;
        };
    if (known && segmentation == Segmentation.UDP) {
      int count = frame.length() / segmentSize;
      datagrams += count;
      known = count <= MAX_DATAGRAMS;
    }
    if (!known) {
      counters.increment(Counter.DROP_BAD_CHAIN);
      return false;
    }
    boolean missing = VirtioNetHeader.needsChecksum(copies, header);
    int start = VirtioNetHeader.checksumStart(copies, header);
    int offset = VirtioNetHeader.checksumOffset(copies, header);
    if (missing && segmentation == Segmentation.NONE) {
      missing = PartialChecksum.isOfTransport(frame, start);
      if (!missing && !PartialChecksum.complete(frame, start, offset)) {
        counters.increment(Counter.DROP_BAD_CHAIN);
        return false;
      }
    }
    frame.setOffload(missing, segmentation, segmentSize);
    frame.setChecksumPlace(start, offset);
    return true;
  }

  private void giveBack(Vring ring) {
    Virtqueue queue = ring.queue();
    if (!queue.isUsable()) {
      return;
    }
    for (int i = 0; i < taken; i++) {
      queue.addUsed(heads[i], 0);
    }
    ring.publish();
  }
}
