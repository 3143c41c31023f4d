package org.jpasst.rehearsal;

import java.util.Set;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.Offload;
import org.jpasst.guest.RoomListener;
import org.jpasst.guest.TrafficKind;

/** The link of a guest that stands still for ever: it takes nothing, as while a guest moves. */
final class NoGuest implements GuestLink {
  private static final FrameSink NOWHERE =
      new FrameSink() {
        @Override
        public boolean hasRoom() {
          return false;
        }

        @Override
        public LinkCapabilities capabilities() {
          return LinkCapabilities.NONE;
        }

        @Override
        public LentFrame lend(int headers, int capacity) {
          return LentFrame.NONE;
        }

        @Override
        public LentFrame lendReply(int capacity) {
          return LentFrame.NONE;
        }

        @Override
        public void publish(LentFrame frame, int length, Offload offload) {
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
      };

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
  public FrameSink sink() {
    return NOWHERE;
  }
}
