package org.jpasst.guest;

import java.lang.foreign.MemorySegment;

/**
 * Room for one frame for the guest: a head in one piece, and the payload where the guest will read
 * it. Lent by a {@link FrameSink}, whose object it stays; the borrower fills it in place, and hands
 * it back when it publishes the frame or gives it back.
 */
public final class LentFrame {
  /** The answer of a sink that has no room. */
  public static final LentFrame NONE = new LentFrame(new FramePieces(0));

  private FramePieces pieces;
  private MemorySegment memory = MemorySegment.NULL;
  private long at;
  private int headRoom;
  private int payloadRoom;
  private int firstPiece;

  LentFrame(FramePieces pieces) {
    this.pieces = pieces;
  }

  LentFrame set(MemorySegment memory, long at, int headRoom, int payloadRoom) {
    this.memory = memory;
    this.at = at;
    this.headRoom = headRoom;
    this.payloadRoom = payloadRoom;
    firstPiece = pieces.count();
    return this;
  }

  /** One for a sink that stands in front of another: it is nothing before {@link #showRest}. */
  public static LentFrame view() {
    return new LentFrame(NONE.pieces);
  }

  /**
   * Shows another frame without the first bytes of its head.
   *
   * @param count of these bytes, at most what the head has
   * @return this
   */
  public LentFrame showRest(LentFrame other, int count) {
    pieces = other.pieces;
    memory = other.memory;
    at = other.at + count;
    headRoom = other.headRoom - count;
    payloadRoom = other.payloadRoom;
    firstPiece = other.firstPiece;
    return this;
  }

  /** Whether there is no room. */
  public boolean isNone() {
    return this == NONE;
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
  public int headRoom() {
    return headRoom;
  }

  /** Bytes there are for the payload behind the head. */
  public int payloadRoom() {
    return payloadRoom;
  }

  /** Greatest length of the whole frame in bytes. */
  public int room() {
    return headRoom + payloadRoom;
  }

  /** The table that the payload's pieces are in. */
  public FramePieces pieces() {
    return pieces;
  }

  /** The payload's first piece. It and those behind it have {@link #payloadRoom} together. */
  public int firstPiece() {
    return firstPiece;
  }
}
