package org.jpasst.guest;

import java.lang.foreign.MemorySegment;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.InternetChecksum;

/**
 * A frame of the guest as its receiver sees it: a head in one piece, and the rest where it lies.
 *
 * <p>One object shows one frame after the other. The memory it points to stays until the batch ends
 * ({@link FrameReceiver#onBatchEnd}); the guest may be writing to it.
 */
public final class Frame {
  /** Bytes that the head has at least, if the frame has so many. */
  public static final int HEAD = 256;

  private final FramePieces pieces;
  private MemorySegment memory = MemorySegment.NULL;
  private long at;
  private int headLength;
  private int length;
  private int firstPiece;
  private int pieceCount;
  private boolean checksumMissing;
  private boolean offloadTold;
  private int checksumStart;
  private int checksumOffset;
  private int segmentation;
  private int segmentSize;

  /**
   * No frame yet.
   *
   * @param pieces where the link puts what is behind heads
   */
  public Frame(FramePieces pieces) {
    this.pieces = pieces;
  }

  /** Shows a frame that lies in one piece and is one packet. */
  public void set(MemorySegment memory, long at, int length) {
    set(memory, at, length, 0, 0);
  }

  /** Shows a frame whose rest is in consecutive pieces of the table. */
  public void set(MemorySegment memory, long at, int headLength, int firstPiece, int pieceCount) {
    this.memory = memory;
    this.at = at;
    this.headLength = headLength;
    this.firstPiece = firstPiece;
    this.pieceCount = pieceCount;
    int sum = headLength;
    for (int i = 0; i < pieceCount; i++) {
      sum += pieces.length(firstPiece + i);
    }
    length = sum;
    checksumMissing = false;
    offloadTold = false;
    segmentation = Segmentation.NONE;
    segmentSize = 0;
  }

  /**
   * Sets that nothing was left to us, or everything that can be. A link whose frames carry nothing
   * that says so doesn't: then nobody knows ({@link #mayLackChecksum}).
   *
   * @param checksumMissing the transport checksum isn't complete
   * @param segmentation one of {@link Segmentation}
   * @param segmentSize payload bytes of each packet but the last that the frame stands for, where
   *     it stands for several
   */
  public void setOffload(boolean checksumMissing, int segmentation, int segmentSize) {
    this.checksumMissing = checksumMissing;
    offloadTold = true;
    this.segmentation = segmentation;
    this.segmentSize = segmentSize;
  }

  /**
   * Sets where the checksum is that isn't complete, as the guest says, who may say anything.
   *
   * @param start where the sum starts, counted from the frame's first byte
   * @param offset of the checksum from there
   */
  public void setChecksumPlace(int start, int offset) {
    checksumStart = start;
    checksumOffset = offset;
  }

  /** Holds the head. */
  public MemorySegment memory() {
    return memory;
  }

  /** Where the head begins, with the Ethernet header. */
  public long at() {
    return at;
  }

  /** Bytes of the head. */
  public int headLength() {
    return headLength;
  }

  /** Bytes of the whole frame, at least 14. */
  public int length() {
    return length;
  }

  /** Whether there is nothing behind the head. */
  public boolean isInOnePiece() {
    return pieceCount == 0;
  }

  /** The table that the rest is in. */
  public FramePieces pieces() {
    return pieces;
  }

  /** The first piece behind the head. */
  public int firstPiece() {
    return firstPiece;
  }

  /** How many pieces follow the head. */
  public int pieceCount() {
    return pieceCount;
  }

  /** Whether the transport checksum isn't complete: the frame never was on a wire. */
  public boolean isChecksumMissing() {
    return checksumMissing;
  }

  /** Whether the link can't tell if the guest has made the transport checksum. */
  public boolean mayLackChecksum() {
    return !offloadTold;
  }

  /**
   * Where the sum of a checksum that isn't complete starts, counted from the frame's first byte.
   */
  public int checksumStart() {
    return checksumStart;
  }

  /** Where the checksum is, counted from where its sum starts. */
  public int checksumOffset() {
    return checksumOffset;
  }

  /** Whether the frame stands for several packets. */
  public boolean isSeveral() {
    return segmentation != Segmentation.NONE;
  }

  /** How the frame stands for several packets, if it does: one of {@link Segmentation}. */
  public int segmentation() {
    return segmentation;
  }

  /** Payload bytes of each packet but the last, where the frame stands for several. */
  public int segmentSize() {
    return segmentSize;
  }

  /** Payload bytes of each datagram but the last that the frame stands for, or 0 if it is none. */
  public int datagramSize() {
    return segmentation == Segmentation.UDP ? segmentSize : 0;
  }

  /** How many of so many bytes from an offset on are in the head. */
  public int inHead(long from, int count) {
    return (int) Math.min(count, at + headLength - from);
  }

  /**
   * The sum of bytes that may go beyond the head, see {@link InternetChecksum#sum}.
   *
   * @param from offset in the head's memory
   * @param count of bytes, not more than there are
   */
  public long sum(long from, int count) {
    int inHead = inHead(from, count);
    long sum = InternetChecksum.sum(memory, from, inHead);
    return inHead == count
        ? sum
        : InternetChecksum.append(sum, inHead, pieces.sum(firstPiece, count - inHead));
  }

  /**
   * Copies bytes that may go beyond the head.
   *
   * @param from offset in the head's memory
   * @param count of bytes, not more than there are
   */
  public void copy(long from, int count, MemorySegment target, long targetAt) {
    int inHead = inHead(from, count);
    MemorySegment.copy(memory, from, target, targetAt, inHead);
    pieces.copy(firstPiece, target, targetAt + inHead, count - inHead);
  }

  /**
   * Takes the tag of a VLAN out of the Ethernet header, if there is one: the addresses move to
   * where the header begins then.
   *
   * @param vlan see {@link EthernetHeader#isTagged}
   * @return whether there was one
   */
  public boolean removeTag(int vlan) {
    int tag = EthernetHeader.TAG_LENGTH;
    if (headLength < EthernetHeader.LENGTH + tag || !EthernetHeader.isTagged(memory, at, vlan)) {
      return false;
    }
    EthernetHeader.removeTag(memory, at);
    at += tag;
    headLength -= tag;
    length -= tag;
    return true;
  }

  /** Copies the frame to one piece of memory and shows it there. */
  public void moveTo(MemorySegment target, long targetAt) {
    MemorySegment.copy(memory, at, target, targetAt, headLength);
    pieces.copy(firstPiece, target, targetAt + headLength, length - headLength);
    memory = target;
    at = targetAt;
    headLength = length;
    pieceCount = 0;
  }
}
