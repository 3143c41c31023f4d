package org.jpasst.guest.vhostuser;

import java.util.function.BooleanSupplier;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.Offload;
import org.jpasst.guest.RoomListener;
import org.jpasst.guest.RoomSignal;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Where frames for the guest are written: the {@link ReceiveQueue}, as long as the front-end is
 * there and has it running.
 */
final class ReceiveSink implements FrameSink {
  /** Fewer chains than there ever are. */
  private static final int ANY = -1;

  private final ReceiveQueue queue;
  private final Vring ring;
  private final BooleanSupplier lost;
  private final EventLoop loop;
  private final Counters counters;
  private final RoomSignal room = new RoomSignal(this::isRoomNew, this::flush);
  private LinkCapabilities capabilities = LinkCapabilities.NONE;
  private int refusedAt; // so many chains were there when somebody was told that there is no room

  /**
   * Nothing has been agreed upon yet.
   *
   * @param lost whether the front-end is about to be let go
   */
  ReceiveSink(
      ReceiveQueue queue, Vring ring, BooleanSupplier lost, EventLoop loop, Counters counters) {
    this.queue = queue;
    this.ring = ring;
    this.lost = lost;
    this.loop = loop;
    this.counters = counters;
  }

  /** Adds a listener that is told when there is room again. */
  void onRoom(RoomListener listener) {
    room.add(listener);
  }

  /** A front-end has come: all are told of room when its guest has made some. */
  void open() {
    refuse(0);
  }

  /** Sets what has been agreed upon. */
  void features(long features) {
    capabilities = Features.capabilities(features);
    queue.features(features);
  }

  /** To be called at each turn's end: sends what is published, and tells of room. */
  void endTurn(long now) {
    queue.giveBack(); // is left over only where somebody failed
    flush();
    if (queue.endTurn()) {
      refusedAt = ANY; // there may be room behind what was passed over
    }
    room.tell(now);
    if (!isUp()) {
      return;
    }
    if (!room.isAwaited()) {
      ring.queue().disableKicks();
      return;
    }
    ring.queue().enableKicks();
    if (room.isDue()) {
      loop.again();
    }
  }

  /** The front-end is gone, and what it has agreed upon. */
  void clear() {
    queue.abandon();
    capabilities = LinkCapabilities.NONE;
  }

  private boolean isUp() {
    return !lost.getAsBoolean() && ring.isRunning();
  }

  /** Whoever was refused there and then would be again, as long as no chain has been added. */
  private boolean isRoomNew() {
    return isUp() && ring.queue().available() > refusedAt;
  }

  private int chains() {
    return isUp() ? ring.queue().available() : 0;
  }

  private void refuse(int chains) {
    refusedAt = room.isAwaited() ? Math.min(refusedAt, chains) : chains;
    room.refuse();
  }

  @Override
  public boolean hasRoom() {
    boolean has = isUp() && queue.hasBuffers();
    if (!has) {
      refuse(chains());
    }
    return has;
  }

  @Override
  public LinkCapabilities capabilities() {
    return capabilities;
  }

  @Override
  public LentFrame lend(int headers, int capacity) {
    return orRefuse(isUp() ? queue.lend(headers, capacity) : LentFrame.NONE);
  }

  @Override
  public LentFrame lendReply(int capacity) {
    boolean up = isUp();
    LentFrame frame = orRefuse(up ? queue.lendReply(capacity) : LentFrame.NONE);
    if (frame.isNone()) {
      counters.increment(up ? Counter.DROP_LINK_FULL : Counter.DROP_LINK_DOWN);
    }
    return frame;
  }

  private LentFrame orRefuse(LentFrame frame) {
    if (frame.isNone()) {
      // Our own memory is free again by the turn's end, whatever the guest does.
      refuse(queue.isFull() ? ANY : chains());
    }
    return frame;
  }

  @Override
  public void publish(LentFrame frame, int length, Offload offload) {
    if (lost.getAsBoolean()) {
      return;
    }
    queue.publish(frame, length, offload);
    counters.increment(Counter.FRAMES_TO_GUEST);
    counters.add(Counter.BYTES_TO_GUEST, length);
  }

  @Override
  public void giveBack() {
    queue.giveBack();
  }

  @Override
  public void flush() {
    if (isUp()) {
      queue.flush();
    }
  }
}
