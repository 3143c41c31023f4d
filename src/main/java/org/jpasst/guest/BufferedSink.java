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

  /** The link's other side: takes frames out of the buffer. */
  public interface Outlet {
    /** Whether somebody is there, who doesn't stand still. */
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

    /** Whether a frame needn't be copied to the buffer first, where that is empty. */
    default boolean takesInPlace(Frame frame) {
      return false;
    }

    /**
     * Gives the other side a frame from where it lies; only if it is taken so, while this is up.
     *
     * @param headers as in {@link FrameSink#forward}
     * @param offload work that is left undone
     * @return false if it takes no more for now; true if it took or refused it, which is counted
     */
    default boolean send(Frame frame, int headers, Offload offload) {
      return false;
    }
  }

  private final Outlet outlet;
  private final LinkEnd end;
  private final LinkCapabilities capabilities;
  private final int headerLength;
  private final Counters counters;
  private final OutBuffer out;
  private final RoomSignal room = new RoomSignal(this::hasRoomNow, this::flush);
  private boolean stuck; // the guest's side didn't take all

  /** An empty buffer in front of an outlet to the guest. */
  public BufferedSink(Outlet outlet, Counters counters) {
    this(outlet, LinkEnd.GUEST, LinkCapabilities.NONE, counters);
  }

  /**
   * The same in front of an outlet to anybody.
   *
   * @param capabilities what the other side completes; if anything, frames have a virtio-net header
   *     in front of them
   */
  public BufferedSink(
      Outlet outlet, LinkEnd end, LinkCapabilities capabilities, Counters counters) {
    this.outlet = outlet;
    this.end = end;
    this.capabilities = capabilities;
    this.counters = counters;
    headerLength = capabilities.equals(LinkCapabilities.NONE) ? 0 : VirtioNetHeader.MAX_LENGTH;
    out = new OutBuffer(BULK, RESERVE, headerLength);
  }

  /** Bytes in front of each frame: those of the virtio-net header, where there is one. */
  public int headerLength() {
    return headerLength;
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
    return capabilities;
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
    return outlet.isUp() ? orDrop(out.lendReply(capacity)) : drop(end.down());
  }

  @Override
  public LentFrame lendControl(int capacity) {
    return outlet.isUp() ? orDrop(out.lendControl(capacity)) : drop(end.down());
  }

  private LentFrame orDrop(LentFrame frame) {
    return frame.isNone() ? drop(end.full()) : frame;
  }

  private LentFrame drop(Counter reason) {
    counters.increment(reason);
    room.refuse();
    return LentFrame.NONE;
  }

  @Override
  public void publish(LentFrame frame, int length, Offload offload) {
    if (headerLength > 0) {
      VirtioNetHeader.write(frame.memory(), frame.at() - headerLength, offload, frame.headRoom());
    } else if (!offload.isNone()) {
      throw new IllegalStateException("left work to a side that does none");
    }
    out.publish(frame, length);
    count(length);
  }

  private void count(int length) {
    counters.increment(end.frames());
    counters.add(end.bytes(), length);
  }

  /** An uplink that is down takes no frames, as a wire that isn't plugged in; a guest may come. */
  @Override
  public boolean forward(Frame frame, int headers, Offload offload) {
    if (end == LinkEnd.UPLINK && !outlet.isUp()) {
      counters.increment(end.down());
      return true;
    }
    boolean inPlace = out.isEmpty() && takesData() && outlet.takesInPlace(frame);
    if (!inPlace) {
      return FrameSink.super.forward(frame, headers, offload);
    }
    stuck = !outlet.send(frame, headers, offload);
    if (stuck) {
      room.refuse();
    } else {
      count(frame.length());
    }
    return !stuck;
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
