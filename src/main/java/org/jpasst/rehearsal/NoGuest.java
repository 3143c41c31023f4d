package org.jpasst.rehearsal;

import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.RoomListener;
import org.jpasst.guest.TrafficKind;

/** The link of a guest that stands still for ever: it takes nothing, as while a guest moves. */
final class NoGuest implements GuestLink {
  private static final FramePieces NO_PIECES = new FramePieces(0);

  @Override
  public void deliverTo(FrameReceiver receiver) {
    // Nothing is delivered.
  }

  @Override
  public void onRoom(RoomListener listener) {
    // There is none, ever.
  }

  @Override
  public void onGone(Runnable action) {
    // It doesn't go.
  }

  @Override
  public boolean isAttached() {
    return true;
  }

  @Override
  public int attach(int connected) {
    throw new IllegalStateException("there is a guest already");
  }

  @Override
  public boolean pause(long now) {
    return true;
  }

  @Override
  public boolean isPaused() {
    return true;
  }

  @Override
  public void resume() {
    // It stands still all the same.
  }

  @Override
  public void closeLost() {
    // Nothing is lost.
  }

  @Override
  public void close() {
    // Nothing is open.
  }

  @Override
  public void onTurnEnd(long now) {
    // Nothing is published.
  }

  @Override
  public Set<TrafficKind> covered(MigrationMeans means) {
    return means.coverable();
  }

  @Override
  public boolean hasRoom() {
    return false;
  }

  @Override
  public LinkCapabilities capabilities() {
    return LinkCapabilities.NONE;
  }

  @Override
  public MemorySegment memory() {
    return MemorySegment.NULL;
  }

  @Override
  public long lend(int headers, int capacity) {
    return NO_ROOM;
  }

  @Override
  public FramePieces payload() {
    return NO_PIECES;
  }

  @Override
  public int firstPiece() {
    return 0;
  }

  @Override
  public long lendReply(int capacity) {
    return NO_ROOM;
  }

  @Override
  public void publish(int length) {
    throw new IllegalStateException("nothing was lent");
  }

  @Override
  public void publish(
      int length, int transportAt, int checksumAt, int segmentation, int segmentSize) {
    throw new IllegalStateException("nothing was lent");
  }

  @Override
  public void giveBack() {
    // Nothing was lent.
  }

  @Override
  public void flush() {
    // Nothing is published.
  }
}
