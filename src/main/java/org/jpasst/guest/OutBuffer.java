package org.jpasst.guest;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Frames on their way to the guest, one behind the other, each after its length ({@link
 * FrameLength}): as they go onto a stream, where all that is published is sent by one call. The
 * front part is for data, the rest only for what carries none, and the last of it only for replies
 * that the guest can't do without.
 *
 * <pre>
 * 0 ...... head ............... published ............... tail ....... bulk ....... end
 *   sent        published, to be sent      lent, being filled    free       reserve
 * </pre>
 */
public final class OutBuffer {
  /** Frames shorter than this are padded with zeros: Ethernet's minimum without checksum. */
  static final int MIN_FRAME = 60;

  /** Most frames that are lent in two parts at a time. */
  private static final int MOST_PAYLOADS = 512;

  private static final int SLOT_MAX = FrameLength.SIZE + FrameLength.MAX;

  /** Bytes at the end: some hundred answers of ARP, NDP and DHCP. */
  static final long LAST = 32 * 1024;

  private final MemorySegment memory;
  private final FramePieces payload = new FramePieces(MOST_PAYLOADS);
  private final long bulk;
  private final long end;
  private long head;
  private long published;
  private long tail;
  private long last; // the slot lent last, while it is lent

  /**
   * Allocates the memory, for the process's life.
   *
   * @param bulk bytes for data and replies
   * @param reserve bytes for what carries no data, more than {@link #LAST}
   */
  public OutBuffer(long bulk, long reserve) {
    this.bulk = bulk;
    end = bulk + reserve;
    memory = Arena.global().allocate(end, 4096);
  }

  /** Holds the frames; offsets given here refer to it. */
  public MemorySegment memory() {
    return memory;
  }

  /** Whether a data frame of any size finds room. */
  public boolean hasBulkRoom() {
    return bulk - tail >= SLOT_MAX;
  }

  /** Room for a data frame, in two parts if it has capacity, or {@link FrameSink#NO_ROOM}. */
  public long lend(int headers, int capacity) {
    boolean inTwoParts = capacity > 0;
    if (tail == published) {
      payload.truncate(0);
    }
    if (inTwoParts && payload.room() == 0) {
      return FrameSink.NO_ROOM;
    }
    long at = lendUpTo(bulk, headers + capacity);
    if (at != FrameSink.NO_ROOM && inTwoParts) {
      payload.add(memory, at + headers, capacity);
    }
    return at;
  }

  /** Where the payload of frames goes that are lent in two parts: a piece for each. */
  public FramePieces payload() {
    return payload;
  }

  /** Room for a reply, or {@link FrameSink#NO_ROOM}. */
  public long lendReply(int capacity) {
    return lendAgainUpTo(end, capacity);
  }

  /** Room for a frame without data of one of the guest's flows, or {@link FrameSink#NO_ROOM}. */
  public long lendControl(int capacity) {
    return lendAgainUpTo(end - LAST, capacity);
  }

  private long lendAgainUpTo(long limit, int capacity) {
    long at = lendUpTo(limit, capacity);
    if (at == FrameSink.NO_ROOM && head > 0 && tail == published) {
      moveToFront();
      at = lendUpTo(limit, capacity);
    }
    return at;
  }

  private long lendUpTo(long limit, int capacity) {
    int room = Math.max(capacity, MIN_FRAME);
    if (room > FrameLength.MAX || limit - tail < FrameLength.SIZE + room) {
      return FrameSink.NO_ROOM;
    }
    // Until the frame is published, what it was lent for stands where its length will.
    FrameLength.set(memory, tail, room);
    last = tail;
    tail += FrameLength.SIZE + room;
    return last + FrameLength.SIZE;
  }

  /**
   * See {@link FrameSink#publish}.
   *
   * @throws IllegalStateException if nothing is lent, or the frame doesn't fit what was
   */
  public void publish(int length) {
    if (published == tail) {
      throw new IllegalStateException("published a frame that wasn't lent");
    }
    int room = FrameLength.get(memory, published);
    int padded = Math.max(length, MIN_FRAME);
    boolean endsHere = published == last || padded < room;
    if (length < FrameLength.MIN || padded > room) {
      throw new IllegalStateException("published " + length + " bytes, lent " + room);
    }
    long frame = published + FrameLength.SIZE;
    for (long i = frame + length; i < frame + padded; i++) {
      memory.set(JAVA_BYTE, i, (byte) 0);
    }
    FrameLength.set(memory, published, padded);
    published = frame + padded;
    if (endsHere) {
      tail = published;
    }
  }

  /** Forgets what is lent and not published. */
  public void giveBack() {
    tail = published;
  }

  /** Where the bytes to be sent begin. */
  public long pendingAt() {
    return head;
  }

  /** How many bytes are to be sent. */
  public long pending() {
    return published - head;
  }

  /** So many of the pending bytes have been sent. */
  public void sent(long bytes) {
    head += bytes;
    if (head == tail) {
      clear();
    }
  }

  /** Where the oldest frame to be sent begins, behind its length. */
  public long frameAt() {
    return head + FrameLength.SIZE;
  }

  /** How many bytes the oldest frame to be sent has. */
  public int frameLength() {
    return FrameLength.get(memory, head);
  }

  /** The oldest frame to be sent is done with. */
  public void frameSent() {
    sent(FrameLength.SIZE + frameLength());
  }

  /** Forgets everything. */
  public void clear() {
    head = 0;
    published = 0;
    tail = 0;
  }

  private void moveToFront() {
    MemorySegment.copy(memory, head, memory, 0, published - head);
    published -= head;
    tail = published;
    head = 0;
  }
}
