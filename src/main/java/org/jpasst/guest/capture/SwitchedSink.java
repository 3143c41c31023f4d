package org.jpasst.guest.capture;

import java.lang.foreign.MemorySegment;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LinkCapabilities;

/** Passes on to one sink or another. */
final class SwitchedSink implements FrameSink {
  /** Changes only while nothing is lent. */
  FrameSink target;

  SwitchedSink(FrameSink target) {
    this.target = target;
  }

  @Override
  public boolean hasRoom() {
    return target.hasRoom();
  }

  @Override
  public boolean isStalled() {
    return target.isStalled();
  }

  @Override
  public boolean isLossy() {
    return target.isLossy();
  }

  @Override
  public LinkCapabilities capabilities() {
    return target.capabilities();
  }

  @Override
  public MemorySegment memory() {
    return target.memory();
  }

  @Override
  public long lend(int headers, int capacity) {
    return target.lend(headers, capacity);
  }

  @Override
  public FramePieces payload() {
    return target.payload();
  }

  @Override
  public int firstPiece() {
    return target.firstPiece();
  }

  @Override
  public long lendReply(int capacity) {
    return target.lendReply(capacity);
  }

  @Override
  public long lendControl(int capacity) {
    return target.lendControl(capacity);
  }

  @Override
  public void publish(int length) {
    target.publish(length);
  }

  @Override
  public void publish(
      int length, int transportAt, int checksumAt, int segmentation, int segmentSize) {
    target.publish(length, transportAt, checksumAt, segmentation, segmentSize);
  }

  @Override
  public void giveBack() {
    target.giveBack();
  }

  @Override
  public void flush() {
    target.flush();
  }
}
