package org.jpasst.guest;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import org.jpasst.linux.ZeroPages;
import org.jpasst.wire.EthernetHeader;

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

  /** Most frames that are lent at a time. */
  private static final int MAX_LENT = 512;

  /** With the tag of a VLAN, which the frame's sender doesn't know of. */
  private static final int LONGEST = FrameLength.MAX + EthernetHeader.TAG_LENGTH;

  /** Bytes at the end: some hundred answers of ARP, NDP and DHCP. */
  static final long LAST = 32 * 1024;

  private final MemorySegment memory;
  private final LentFrames lent = new LentFrames(MAX_LENT, MAX_LENT);
  private final int prefix; // bytes in front of each frame: its length, and a header of the link's
  private final long bulk;
  private final long end;
  private long head;
  private long published;
  private long tail;

  /**
   * Allocates the memory, for the process's life.
   *
   * @param bulk bytes for data and replies
   * @param reserve bytes for what carries no data, more than {@link #LAST}
   * @param header bytes of a header between each frame and its length
   */
  OutBuffer(long bulk, long reserve, int header) {
    prefix = FrameLength.SIZE + header;
    this.bulk = bulk;
    end = bulk + reserve;
    memory = ZeroPages.map(end);
  }

  /** Holds the frames; offsets told here refer to it. */
  public MemorySegment memory() {
    return memory;
  }

  /** Whether a data frame of any size finds room. */
  boolean hasBulkRoom() {
    return bulk - tail >= prefix + LONGEST && !lent.isFull();
  }

  /** Room for a data frame, or {@link LentFrame#NONE}. */
  LentFrame lend(int headers, int capacity) {
    return lendUpTo(bulk, headers, capacity);
  }

  /** Room for a reply, or {@link LentFrame#NONE}. */
  LentFrame lendReply(int capacity) {
    return lendAgainUpTo(end, capacity);
  }

  /** Room for a frame without data of one of the guest's flows, or {@link LentFrame#NONE}. */
  LentFrame lendControl(int capacity) {
    return lendAgainUpTo(end - LAST, capacity);
  }

  private LentFrame lendAgainUpTo(long limit, int capacity) {
    LentFrame frame = lendUpTo(limit, capacity, 0);
    if (frame.isNone() && head > 0 && lent.isEmpty()) {
      moveToFront();
      frame = lendUpTo(limit, capacity, 0);
    }
    return frame;
  }

  private LentFrame lendUpTo(long limit, int headers, int capacity) {
    int room = Math.max(headers + capacity, MIN_FRAME);
    if (room > LONGEST || limit - tail < prefix + room || lent.isFull()) {
      return LentFrame.NONE;
    }
    long at = tail + prefix;
    LentFrame frame = lent.lend(memory, at, headers, capacity);
    if (capacity > 0) {
      lent.pieces().add(memory, at + headers, capacity);
    }
    tail = at + room;
    return frame;
  }

  /**
   * See {@link FrameSink#publish}.
   *
   * @throws IllegalStateException if it isn't the oldest that is lent, or doesn't fit it
   */
  void publish(LentFrame frame, int length) {
    lent.publish(frame, length);
    int padded = Math.max(length, MIN_FRAME);
    for (long i = frame.at() + length; i < frame.at() + padded; i++) {
      memory.set(JAVA_BYTE, i, (byte) 0);
    }
    FrameLength.set(memory, published, padded);
    published = frame.at() + padded;
    if (lent.isEmpty()) {
      tail = published;
    }
  }

  /** Forgets what is lent and not published. */
  void giveBack() {
    lent.clear();
    tail = published;
  }

  /** Whether nothing is to be sent or lent. */
  boolean isEmpty() {
    return tail == head;
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

  /** Where the oldest frame to be sent begins, behind its length, and a header if there is one. */
  public long frameAt() {
    return head + prefix;
  }

  /** How many bytes the oldest frame to be sent has. */
  public int frameLength() {
    return FrameLength.get(memory, head);
  }

  /** The oldest frame to be sent is done with. */
  public void frameSent() {
    sent(prefix + frameLength());
  }

  /** Forgets everything. */
  void clear() {
    lent.clear();
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
