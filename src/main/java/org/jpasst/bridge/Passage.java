package org.jpasst.bridge;

import java.util.function.BooleanSupplier;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkEnd;
import org.jpasst.guest.RoomListener;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * One direction of a bridge. A frame that there is no room for, or not for all the packets that it
 * stands for, is kept; those behind it wait where they are.
 */
final class Passage implements FrameReceiver, RoomListener {
  private final GuestLink from;
  private final FrameSink to;
  private final LinkEnd end;
  private final BooleanSupplier isAbsent;
  private final Counters counters;
  private final Handover handover = new Handover();
  private final KeptFrame kept = new KeptFrame(handover);

  /**
   * Nothing has gone through yet.
   *
   * @param from is told to go on
   * @param to where frames go
   * @param end who is there
   * @param isAbsent whether nobody is there, so that frames are to go nowhere
   */
  Passage(GuestLink from, FrameSink to, LinkEnd end, BooleanSupplier isAbsent, Counters counters) {
    this.from = from;
    this.to = to;
    this.end = end;
    this.isAbsent = isAbsent;
    this.counters = counters;
  }

  @Override
  public void onConnected(long now) {
    // Who it is doesn't matter.
  }

  @Override
  public void onDisconnected() {
    // What is kept of it goes on its way.
  }

  @Override
  public void onFrame(Frame frame, long now) {
    if (end == LinkEnd.UPLINK) {
      counters.increment(Counter.FRAMES_FROM_GUEST);
      counters.add(Counter.BYTES_FROM_GUEST, frame.length());
    }
    if (isAbsent.getAsBoolean()) {
      counters.increment(end.down());
    } else if (isBlocked()) {
      counters.increment(end.full());
    } else if (!handover.isPossible(frame, to) || !handover.forward(frame, to)) {
      keep(frame);
    }
  }

  private void keep(Frame frame) {
    if (kept.keep(frame)) {
      sendKept();
    } else {
      counters.increment(Counter.DROP_OFFLOAD);
    }
  }

  /** Sends what is kept, as far as there is room. */
  private void sendKept() {
    if (!kept.send(to)) {
      counters.increment(Counter.DROP_OFFLOAD);
    }
  }

  @Override
  public void onBatchEnd(long now) {
    to.flush();
  }

  @Override
  public boolean isBlocked() {
    return !kept.isEmpty();
  }

  @Override
  public boolean keepsFrames() {
    return false;
  }

  /** There may be room again, or nobody any more. */
  @Override
  public void onRoom(long now) {
    if (!isBlocked()) {
      return;
    }
    if (isAbsent.getAsBoolean()) {
      counters.increment(end.down());
      kept.clear();
    } else {
      sendKept();
      to.flush();
    }
    if (!isBlocked()) {
      from.goOn();
    }
  }
}
