package org.jpasst.guest;

import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * The sink of a link that has to be given frames as they go over a wire: they are written to a
 * buffer of ours, and given to the link when they are flushed. What it doesn't take stays, in
 * order, and until it is gone there is no room for data.
 */
public final class BufferedSink implements FrameSink {
  private static final long BULK = 1 << 20;
  private static final long RESERVE = 1 << 18;

  /** The guest's side: takes frames out of the buffer. */
  public interface Outlet {
    /** Whether there is a guest, who doesn't stand still. */
    boolean isUp();

    /**
     * Gives the guest what the buffer has; only while this is up.
     *
     * @return false if it takes no more for now, until {@link BufferedSink#onWritable}
     */
    boolean send(OutBuffer out);

    /** See {@link FrameSink#isStalled}; asked where there is room. */
    default boolean isStalled() {
      return false;
    }

    /** See {@link FrameSink#isLossy}. */
    default boolean isLossy() {
      return false;
    }
  }

  private final Outlet outlet;
  private final Counters counters;
  private final OutBuffer out = new OutBuffer(BULK, RESERVE);
  private final RoomSignal room = new RoomSignal(this::hasRoomNow, this::flush);
  private boolean stuck; // the guest's side didn't take all

  /** An empty buffer in front of an outlet. */
  public BufferedSink(Outlet outlet, Counters counters) {
    this.outlet = outlet;
    this.counters = counters;
  }

  /** Adds a listener that is told when there is room again. */
  public void onRoom(RoomListener listener) {
    room.add(listener);
  }

  /** A guest has come, or goes on: all are told of room at the turn's end. */
  public void open() {
    room.refuse();
  }

  /** The guest's side takes frames again. */
  public void onWritable() {
    stuck = false;
    flush();
  }

  /** To be called at each turn's end: sends what is published, and tells of room. */
  public void endTurn(long now) {
    flush();
    room.tell(now);
  }

  /** Whether it matters that the guest's side takes frames: something is left to be done then. */
  public boolean isWaiting() {
    return stuck || room.isDue();
  }

  /** The guest is gone: forgets all. */
  public void clear() {
    stuck = false;
    out.clear();
  }

  private boolean takesData() {
    return outlet.isUp() && !stuck;
  }

  private boolean hasRoomNow() {
    return takesData() && out.hasBulkRoom();
  }

  @Override
  public boolean hasRoom() {
    boolean has = hasRoomNow();
    if (!has) {
      room.refuse();
    }
    return has;
  }

  @Override
  public boolean isStalled() {
    return !hasRoom() || outlet.isStalled();
  }

  @Override
  public boolean isLossy() {
    return outlet.isLossy();
  }

  @Override
  public LinkCapabilities capabilities() {
    return LinkCapabilities.NONE;
  }

  @Override
  public LentFrame lend(int headers, int capacity) {
    LentFrame frame = takesData() ? out.lend(headers, capacity) : LentFrame.NONE;
    if (frame.isNone()) {
      room.refuse();
    }
    return frame;
  }

  @Override
  public LentFrame lendReply(int capacity) {
    return outlet.isUp() ? orDrop(out.lendReply(capacity)) : drop(Counter.DROP_LINK_DOWN);
  }

  @Override
  public LentFrame lendControl(int capacity) {
    return outlet.isUp() ? orDrop(out.lendControl(capacity)) : drop(Counter.DROP_LINK_DOWN);
  }

  private LentFrame orDrop(LentFrame frame) {
    return frame.isNone() ? drop(Counter.DROP_LINK_FULL) : frame;
  }

  private LentFrame drop(Counter reason) {
    counters.increment(reason);
    room.refuse();
    return LentFrame.NONE;
  }

  @Override
  public void publish(LentFrame frame, int length, Offload offload) {
    if (!offload.isNone()) {
      throw new IllegalStateException("left work to a guest that does none");
    }
    out.publish(frame, length);
    counters.increment(Counter.FRAMES_TO_GUEST);
    counters.add(Counter.BYTES_TO_GUEST, length);
  }

  @Override
  public void giveBack() {
    out.giveBack();
  }

  @Override
  public void flush() {
    if (out.pending() > 0 && takesData()) {
      stuck = !outlet.send(out);
    }
  }
}
