package org.jpasst.guest.vhostuser;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.Segmentation;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Frames for the guest, in the buffers of its receive queue. Headers are prepared in memory of ours
 * and copied when a frame is published, so that the guest can't change them while they are summed;
 * payloads go straight to the guest.
 *
 * <p>Chains that are lent are those taken from the queue last: those that turn out not to be needed
 * are put back.
 */
final class ReceiveQueue {
  private static final int MAX_FRAMES = 512;
  private static final int MAX_CHAINS = 2048;
  private static final int MAX_BUFFERS = 4096;

  /** Chains that make no sense which a turn passes over: a guest may be adding them meanwhile. */
  private static final int MAX_BAD = 64;

  /** Of our memory: data's part, and what only replies use beyond it. */
  private static final long BULK = 1 << 18;

  private static final long RESERVE = 1 << 17;
  private static final int MAX_PAYLOAD = 1 << 16;
  private static final int ALIGNMENT = 8;

  private final Vring ring;
  private final DirtyLog dirtyLog;
  private final Counters counters;
  private final MemorySegment staging = Arena.global().allocate(BULK + RESERVE, ALIGNMENT);

  /** Takes the payload of frames that the guest has no room for. */
  private final MemorySegment nowhere = Arena.global().allocate(MAX_PAYLOAD);

  private final ChainBuffers buffers = new ChainBuffers(MAX_BUFFERS);

  /** At most a piece for each buffer, and one for each frame that goes nowhere. */
  private final FramePieces payload = new FramePieces(MAX_BUFFERS + MAX_FRAMES);

  private final int[] heads = new int[MAX_CHAINS];
  private final int[] sizes = new int[MAX_CHAINS];
  private final int[] chainBuffers = new int[MAX_CHAINS];
  private final long[] stagedAt = new long[MAX_FRAMES];
  private final int[] headerLengths = new int[MAX_FRAMES];
  private final int[] capacities = new int[MAX_FRAMES];
  private final int[] firstChains = new int[MAX_FRAMES];
  private final int[] chainCounts = new int[MAX_FRAMES];
  private int chains;
  private int frames;
  private int oldest;
  private long staged;
  private int firstPiece;
  private int headerLength = VirtioNetHeader.MAX_LENGTH;
  private boolean mergeable;
  private int bad; // chains passed over in this turn

  ReceiveQueue(Vring ring, DirtyLog dirtyLog, Counters counters) {
    this.ring = ring;
    this.dirtyLog = dirtyLog;
    this.counters = counters;
  }

  /** Sets what has been agreed upon. */
  void features(long features) {
    mergeable = Features.has(features, Features.MRG_RXBUF);
    headerLength = VirtioNetHeader.length(features);
  }

  /** Whether the guest has made any buffer available. */
  boolean hasBuffers() {
    return ring.isRunning() && ring.queue().available() > 0;
  }

  MemorySegment memory() {
    return staging;
  }

  FramePieces payload() {
    return payload;
  }

  int firstPiece() {
    return firstPiece;
  }

  /** See {@link FrameSink#lend(int, int)}. */
  long lend(int headers, int capacity) {
    return lend(headers, capacity, BULK);
  }

  /** See {@link FrameSink#lendReply}. */
  long lendReply(int capacity) {
    return lend(capacity, 0, BULK + RESERVE);
  }

  private long lend(int headers, int capacity, long limit) {
    if (oldest == frames) {
      forget();
    }
    int stage = headerLength + headers + ALIGNMENT - 1 & -ALIGNMENT;
    if (!ring.isRunning() || frames == MAX_FRAMES || limit - staged < stage) {
      return FrameSink.NO_ROOM;
    }
    int firstChain = chains;
    int firstBuffer = buffers.count();
    int needed = headerLength + headers + capacity;
    int room = takeChains(needed);
    if (room == 0 || room < needed && mergeable) {
      putBack(firstChain);
      return FrameSink.NO_ROOM;
    }
    firstPiece = payload.count();
    if (room < needed) {
      putBack(firstChain);
      payload.add(nowhere, 0, capacity);
    } else {
      payload.add(buffers.pieces(), firstBuffer, headerLength + headers, capacity);
    }
    stagedAt[frames] = staged;
    headerLengths[frames] = headers;
    capacities[frames] = headers + capacity;
    firstChains[frames] = firstChain;
    chainCounts[frames++] = chains - firstChain;
    VirtioNetHeader.write(staging, staged);
    long frame = staged + headerLength;
    staged += stage;
    return frame;
  }

  /** Takes chains for so many bytes; answers the bytes they have, 0 where there are too few. */
  private int takeChains(int needed) {
    Virtqueue queue = ring.queue();
    int room = 0;
    while (room < needed) {
      if (chains == MAX_CHAINS || buffers.room() < queue.size()) {
        return 0;
      }
      int buffer = buffers.count();
      int head = popSensible(queue);
      if (head < 0) {
        return 0;
      }
      long size = 0;
      for (int i = buffer; i < buffers.count(); i++) {
        size += buffers.length(i);
      }
      heads[chains] = head;
      sizes[chains] = (int) Math.min(size, MAX_PAYLOAD * 2L);
      chainBuffers[chains++] = buffer;
      room += sizes[chains - 1];
      if (!mergeable) {
        return Math.max(1, room);
      }
    }
    return room;
  }

  /** The next chain's head, or something negative if there is none for now. */
  private int popSensible(Virtqueue queue) {
    int head = bad < MAX_BAD ? queue.pop(buffers, true) : Virtqueue.EMPTY;
    while (head == Virtqueue.BAD) {
      if (chains > 0) {
        // Only what was taken last can be put back: it is met again when nothing is lent.
        queue.unpop(1);
        return Virtqueue.EMPTY;
      }
      counters.increment(Counter.DROP_BAD_CHAIN);
      queue.addUsed(queue.badHead(), 0);
      head = ++bad < MAX_BAD ? queue.pop(buffers, true) : Virtqueue.EMPTY;
    }
    return head;
  }

  /** See {@link FrameSink#publish(int)}. */
  void publish(int length) {
    int frame = nextToPublish(length);
    if (chainCounts[frame] == 0) {
      counters.increment(Counter.DROP_BUFFER_SMALL);
    } else {
      hand(frame, length);
    }
    if (length < capacities[frame]) {
      giveBack();
    }
  }

  /** See {@link FrameSink#publish(int, int, int, int, int)}. */
  void publish(int length, int transportAt, int checksumAt, int segmentation, int segmentSize) {
    if (oldest < frames) {
      boolean several = segmentation != Segmentation.NONE;
      VirtioNetHeader.write(
          staging,
          stagedAt[oldest],
          transportAt,
          checksumAt,
          segmentation,
          several ? segmentSize : 0,
          headerLengths[oldest]);
    }
    publish(length);
  }

  private int nextToPublish(int length) {
    if (oldest == frames || length > capacities[oldest]) {
      throw new IllegalStateException("published " + length + " bytes that weren't lent");
    }
    return oldest++;
  }

  /** Copies the headers to the first chain and gives as many chains as the frame has. */
  private void hand(int frame, int length) {
    int total = headerLength + length;
    int chain = firstChains[frame];
    int count = 0;
    for (int left = total; left > 0; count++) {
      left -= sizes[chain + count];
    }
    if (headerLength == VirtioNetHeader.MAX_LENGTH) {
      VirtioNetHeader.numBuffers(staging, stagedAt[frame], count);
    }
    int front = headerLength + Math.min(length, headerLengths[frame]);
    buffers.pieces().fill(chainBuffers[chain], staging, stagedAt[frame], front);
    int left = total;
    for (int i = chain; i < chain + count; i++) {
      int written = Math.min(left, sizes[i]);
      markWritten(chainBuffers[i], written);
      ring.queue().addUsed(heads[i], written);
      left -= written;
    }
    // Those behind are put back by the caller, since the frame is then shorter than it was lent.
    chainCounts[frame] = count;
  }

  private void markWritten(int buffer, int written) {
    if (!dirtyLog.isOn()) {
      return;
    }
    int left = written;
    for (int i = buffer; left > 0; i++) {
      int part = Math.min(left, buffers.length(i));
      dirtyLog.mark(buffers.guestAddress(i), part);
      left -= part;
    }
  }

  /** See {@link FrameSink#giveBack}. */
  void giveBack() {
    // Frames have their chains one behind the other: the published ones end with the last one's.
    int kept = oldest == 0 ? 0 : firstChains[oldest - 1] + chainCounts[oldest - 1];
    putBack(kept);
    forget();
  }

  /**
   * Another turn begins.
   *
   * @return whether chains were left that may make sense, behind too many that make none
   */
  boolean endTurn() {
    boolean left = bad >= MAX_BAD;
    bad = 0;
    return left;
  }

  /** Shows the guest what was published. */
  void flush() {
    ring.publish();
  }

  /** The guest's memory or the queue is gone: what is lent is nobody's any more. */
  void abandon() {
    forget();
  }

  private void putBack(int fromChain) {
    if (fromChain < chains) {
      ring.queue().unpop(chains - fromChain);
      buffers.truncate(chainBuffers[fromChain]);
      chains = fromChain;
    }
  }

  private void forget() {
    chains = 0;
    frames = 0;
    oldest = 0;
    staged = 0;
    buffers.truncate(0);
    payload.truncate(0);
  }
}
