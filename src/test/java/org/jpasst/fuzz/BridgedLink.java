package org.jpasst.fuzz;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Set;
import org.jpasst.guest.BufferedSink;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkEnd;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.Offload;
import org.jpasst.guest.OutBuffer;
import org.jpasst.guest.RoomListener;
import org.jpasst.guest.TrafficKind;
import org.jpasst.stats.Counters;

/**
 * One side of a bridge, with whatever is behind it in the same place: it shows frames that say
 * anything of themselves, in pieces as a guest has them in its memory, and takes frames as a TAP
 * device or a guest does, as many as it has room for.
 */
final class BridgedLink implements GuestLink {
  private static final int IN = 1 << 19;
  private static final int MOST_PIECES = 64;

  /** Between pieces, so that none of them goes on behind its end. */
  private static final int GAP = 64;

  private static final byte GONE = (byte) 0xaa;
  private static final int MOST_WAITING = 32;

  private final MemorySegment in = Arena.global().allocate(IN);
  private final FramePieces pieces = new FramePieces(MOST_PIECES);
  private final Frame frame = new Frame(pieces);
  private final Queue<ShownFrame> waiting = new ArrayDeque<>();
  private final LinkEnd end;
  private final BufferedSink sink;
  private final TakenFrames taken;
  private final AllocatedBytes allocated;
  private FrameReceiver receiver = FrameReceiver.NOBODY;
  private boolean up = true;
  private boolean inPlace;
  private int room = Integer.MAX_VALUE;

  /**
   * Is there, and has room.
   *
   * @param takes what its other side does with frames
   * @param taken notes what it is given
   * @param allocated measures what those behind it allocate
   */
  BridgedLink(
      LinkEnd end,
      LinkCapabilities takes,
      TakenFrames taken,
      AllocatedBytes allocated,
      Counters counters) {
    this.end = end;
    this.taken = taken;
    this.allocated = allocated;
    sink = new BufferedSink(new Outlet(), end, takes, counters);
  }

  /** Whether it can be told of another frame for now. */
  boolean hasPlace() {
    return waiting.size() < MOST_WAITING;
  }

  /** Tells it of a frame, to be shown when it is wanted. */
  void send(ShownFrame next) {
    waiting.add(next);
  }

  /** Whether it has frames that it couldn't show, or its receiver keeps one. */
  boolean isWaiting() {
    return !waiting.isEmpty() || isBlocked();
  }

  /** Whether its receiver keeps a frame, and takes no other. */
  boolean isBlocked() {
    return receiver.isBlocked();
  }

  /** Shows what is wanted of what it has. */
  void show(long now) {
    boolean some = false;
    while (!waiting.isEmpty() && !isBlocked()) {
      int used = lay(waiting.remove());
      allocated.begin();
      receiver.onFrame(frame, now);
      allocated.end();
      some = true;
      // The receiver keeps none: this is where the next frame may lie.
      in.asSlice(0, used).fill(GONE);
    }
    if (some) {
      allocated.begin();
      receiver.onBatchEnd(now);
      allocated.end();
    }
  }

  private int lay(ShownFrame next) {
    byte[] bytes = next.bytes();
    int head = next.head();
    MemorySegment source = MemorySegment.ofArray(bytes);
    MemorySegment.copy(source, 0, in, 0, head);
    pieces.truncate(0);
    int rest = bytes.length - head;
    int count = Math.min(rest, next.pieces());
    int done = head;
    int at = head;
    for (int i = 0; i < count; i++) {
      at += GAP;
      int length = i == count - 1 ? bytes.length - done : rest / count;
      MemorySegment.copy(source, done, in, at, length);
      pieces.add(in, at, length);
      done += length;
      at += length;
    }
    frame.set(in, 0, head, 0, count);
    FrameOffload offload = next.offload();
    frame.setOffload(offload.missing(), offload.segmentation(), offload.size());
    frame.setChecksumPlace(offload.start(), offload.offset());
    return at;
  }

  /** There is room for so many frames from now on. */
  void makeRoom(int frames) {
    room = frames;
    if (up && frames > 0) {
      sink.onWritable();
    }
  }

  /** Whether frames that find nothing before them are taken from where they lie. */
  void takeInPlace(boolean takes) {
    inPlace = takes;
  }

  boolean isUp() {
    return up;
  }

  /** Whoever is behind it comes or goes. */
  void setUp(boolean there) {
    if (there && !up) {
      up = true;
      sink.open();
      sink.onWritable();
    } else if (!there && up) {
      up = false;
      if (end == LinkEnd.GUEST) {
        sink.clear();
      }
    }
  }

  private final class Outlet implements BufferedSink.Outlet {
    @Override
    public boolean isUp() {
      return up;
    }

    @Override
    public boolean send(OutBuffer out) {
      while (out.pending() > 0 && room > 0) {
        room--;
        taken.add(out.memory(), out.frameAt(), sink.headerLength(), out.frameLength());
        out.frameSent();
      }
      return out.pending() == 0;
    }

    @Override
    public boolean takesInPlace(Frame sent) {
      return inPlace;
    }

    @Override
    public boolean send(Frame sent, int headers, Offload offload) {
      if (room == 0) {
        return false;
      }
      room--;
      taken.add(sent, headers, offload);
      return true;
    }
  }

  @Override
  public void deliverTo(FrameReceiver frames) {
    receiver = frames;
  }

  @Override
  public FrameSink sink() {
    return sink;
  }

  @Override
  public void onRoom(RoomListener listener) {
    sink.onRoom(listener);
  }

  @Override
  public void onTurnEnd(long now) {
    allocated.begin();
    sink.endTurn(now);
    allocated.end();
  }

  @Override
  public void onGone(Runnable action) {
    // Nobody goes for good.
  }

  @Override
  public boolean isAttached() {
    return up;
  }

  @Override
  public int attach(int connected) {
    throw new UnsupportedOperationException("there is no descriptor");
  }

  @Override
  public boolean pause(long now) {
    return false;
  }

  @Override
  public boolean isPaused() {
    return false;
  }

  @Override
  public void resume() {
    // It never stops.
  }

  @Override
  public Set<TrafficKind> covered(MigrationMeans means) {
    return Set.of();
  }

  @Override
  public void closeLost() {
    // There is nothing open.
  }

  @Override
  public void close() {
    // There is nothing open.
  }
}
