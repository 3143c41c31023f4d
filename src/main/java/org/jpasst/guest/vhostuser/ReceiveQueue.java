package org.jpasst.guest.vhostuser;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.LentFrames;
import org.jpasst.guest.Offload;
import org.jpasst.guest.VirtioNetHeader;
import org.jpasst.linux.ZeroPages;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;

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
  private static final int MAX_SIZE = 1 << 17; // of a chain, more than any frame needs
  private static final int ALIGNMENT = 8;

  private final Vring ring;
  private final DirtyLog dirtyLog;
  private final Counters counters;
  private final MemorySegment staging = ZeroPages.map(BULK + RESERVE);

  /** Takes frames that the guest has no room for. */
  private final MemorySegment nowhere =
      ZeroPages.map(FrameSink.MAX_FRAME + 1 + EthernetHeader.TAG_LENGTH);

  private final ChainBuffers buffers = new ChainBuffers(MAX_BUFFERS);

  /** At most a piece for each buffer, and one for each frame that goes nowhere. */
  private final LentFrames lent = new LentFrames(MAX_FRAMES, MAX_BUFFERS + MAX_FRAMES);

  // The chains taken from the queue since nothing was lent, in the order of the frames they are for
  private final int[] heads = new int[MAX_CHAINS];
  private final int[] sizes = new int[MAX_CHAINS];
  private final int[] firstBuffers = new int[MAX_CHAINS];
  private int chains;
  private int handed; // and so many of them have gone back to the guest

  private long staged;
  private boolean full; // what was refused last was so for want of memory of ours, not of chains
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
    headerLength = Features.headerLength(features);
  }

  /** Whether the guest has made any buffer available. */
  boolean hasBuffers() {
    return ring.isRunning() && ring.queue().available() > 0;
  }

  /** Whether what was refused last finds room as soon as the frames that are lent are back. */
  boolean isFull() {
    return full && !lent.isEmpty();
  }

  /** See {@link FrameSink#lend(int, int)}. */
  LentFrame lend(int headers, int capacity) {
    return lend(headers, capacity, BULK);
  }

  /** See {@link FrameSink#lendReply}. */
  LentFrame lendReply(int capacity) {
    return lend(capacity, 0, BULK + RESERVE);
  }

  private LentFrame lend(int headers, int capacity, long limit) {
    if (lent.isEmpty()) {
      forget();
    }
    int stage = headerLength + headers + ALIGNMENT - 1 & -ALIGNMENT;
    full = lent.isFull() || limit - staged < stage;
    if (full || !ring.isRunning()) {
      return LentFrame.NONE;
    }
    int firstChain = chains;
    int firstBuffer = buffers.count();
    int needed = headerLength + headers + capacity;
    int room = takeChains(needed);
    if (room < needed) {
      putBack(firstChain);
      return room == 0 || mergeable ? LentFrame.NONE : lendNowhere(headers, capacity);
    }
    VirtioNetHeader.write(staging, staged);
    LentFrame frame = lent.lend(staging, staged + headerLength, headers, capacity);
    lent.pieces().add(buffers.pieces(), firstBuffer, headerLength + headers, capacity);
    staged += stage;
    return frame;
  }

  private LentFrame lendNowhere(int headers, int capacity) {
    LentFrame frame = lent.lend(nowhere, 0, headers, capacity);
    lent.pieces().add(nowhere, headers, capacity);
    return frame;
  }

  /** Takes chains for so many bytes; answers the bytes they have, 0 where there are too few. */
  private int takeChains(int needed) {
    Virtqueue queue = ring.queue();
    int room = 0;
    while (room < needed) {
      full = chains == MAX_CHAINS || buffers.room() < queue.size();
      if (full) {
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
      sizes[chains] = (int) Math.min(size, MAX_SIZE);
      firstBuffers[chains++] = buffer;
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

  /** See {@link FrameSink#publish}. */
  void publish(LentFrame frame, int length, Offload offload) {
    lent.publish(frame, length);
    if (frame.memory() == nowhere) {
      counters.increment(Counter.DROP_BUFFER_SMALL);
    } else {
      hand(frame, length, offload);
    }
    if (lent.isEmpty()) {
      giveBack();
    }
  }

  /** Copies the headers to the first chain and gives as many chains as the frame needs. */
  private void hand(LentFrame frame, int length, Offload offload) {
    long header = frame.at() - headerLength;
    int total = headerLength + length;
    int end = handed;
    for (int left = total; left > 0; end++) {
      left -= sizes[end];
    }
    if (!offload.isNone()) {
      VirtioNetHeader.write(staging, header, offload, frame.headRoom());
    }
    if (headerLength == VirtioNetHeader.MAX_LENGTH) {
      VirtioNetHeader.numBuffers(staging, header, end - handed);
    }
    int front = headerLength + Math.min(length, frame.headRoom());
    buffers.pieces().fill(firstBuffers[handed], staging, header, front);
    for (int left = total; handed < end; handed++) {
      int written = Math.min(left, sizes[handed]);
      markWritten(firstBuffers[handed], written);
      ring.queue().addUsed(heads[handed], written);
      left -= written;
    }
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
    putBack(handed);
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
      buffers.truncate(firstBuffers[fromChain]);
      chains = fromChain;
    }
  }

  private void forget() {
    lent.clear();
    chains = 0;
    handed = 0;
    staged = 0;
    buffers.truncate(0);
  }
}
