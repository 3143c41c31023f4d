package org.jpasst.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.jpasst.bridge.Bridge;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.LinkEnd;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * A bridge between a guest and an uplink, either of which says anything of its frames, and does any
 * part of the work that can be left undone: all that makes sense comes out once, in order, whole or
 * as the packets that it stands for, and what doesn't make sense harms nothing behind it.
 */
final class BridgeTarget implements Target {
  /** Nothing, or checksums with any of the four ways in which a frame stands for several. */
  private static final int CAPABILITIES = 17;

  private static final int FROM_GUEST = 0;
  private static final int SIDES = 2;
  private static final int MANY_TURNS = 100;
  private static final long TURN = 1_000_000;

  /** After so many frames all of it is compiled; what it allocates is looked at from then on. */
  private static final long WARM = 300_000;

  private static final int SESSIONS = 100;
  private static final double MOST_ALLOCATED = 16; // bytes for a frame, in the best of so many

  private final TakenFrames toGuest = new TakenFrames();
  private final TakenFrames toUplink = new TakenFrames();
  private final AllocatedBytes allocated = new AllocatedBytes();
  private final Bed[] beds = new Bed[CAPABILITIES];
  private Bed bed = bed(0);
  private boolean decided;
  private long now;
  private int number;
  private long frames;
  private long framesBefore;
  private long dropsBefore;
  private double leastAllocated = Double.MAX_VALUE;
  private int measured;

  /** A bridge, whose memory is for the process's life. */
  private final class Bed {
    private final Counters counters = new Counters();
    private final BridgedLink guest;
    private final BridgedLink uplink;
    private final Bridge bridge;

    Bed(LinkCapabilities guestTakes, LinkCapabilities uplinkTakes) {
      guest = new BridgedLink(LinkEnd.GUEST, guestTakes, toGuest, allocated, counters);
      uplink = new BridgedLink(LinkEnd.UPLINK, uplinkTakes, toUplink, allocated, counters);
      bridge = new Bridge(guest, guest.sink(), uplink, () -> !guest.isAttached(), loop(), counters);
      guest.deliverTo(bridge.receiver());
    }

    /** Whose timers nobody needs: no guest arrives by migration. */
    private EventLoop loop() {
      try {
        return new EventLoop(() -> now, counters, Log.none());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    BridgedLink from(int side) {
      return side == FROM_GUEST ? guest : uplink;
    }

    BridgedLink to(int side) {
      return side == FROM_GUEST ? uplink : guest;
    }
  }

  /** What is under way in one direction. */
  private final class Direction {
    private final int side;
    private final TakenFrames taken;
    private final Deque<ShownFrame> shown = new ArrayDeque<>();
    private final List<TakenFrame> group = new ArrayList<>();
    private int losable; // the last frame that may get lost, as nobody is there
    private long dropped;

    Direction(int side, TakenFrames taken) {
      this.side = side;
      this.taken = taken;
    }

    void begin() {
      losable = 0;
      dropped = 0;
    }

    void send(ShownFrame frame) {
      shown.add(frame);
      bed.from(side).send(frame);
      loseWhatIsUnderWay();
    }

    /** To be called whenever somebody has gone, or something is sent. */
    void loseWhatIsUnderWay() {
      if (!bed.to(side).isUp()) {
        losable = number;
      }
    }

    void look() {
      for (TakenFrame each : taken.take()) {
        while (!shown.isEmpty() && shown.element().number() != each.number()) {
          finish();
        }
        if (shown.isEmpty()) {
          throw new AssertionError("a frame comes out that nobody sent, or late, or twice");
        }
        group.add(each);
      }
    }

    /** All there will be of the oldest one has come out. */
    void finish() {
      ShownFrame frame = shown.remove();
      if (frame.number() > losable) {
        frame.check(group, bed.to(side).sink().capabilities());
        dropped += group.isEmpty() ? 1 : 0;
      }
      group.clear();
    }

    void finishAll() {
      while (!shown.isEmpty()) {
        finish();
      }
    }
  }

  private final Direction[] directions = {
    new Direction(FROM_GUEST, toUplink), new Direction(1 - FROM_GUEST, toGuest)
  };

  private Bed bed(int which) {
    if (beds[which] == null) {
      // Any set of either side's meets another of the other's.
      beds[which] = new Bed(capabilities((which * 7 + 3) % CAPABILITIES), capabilities(which));
    }
    return beds[which];
  }

  private static LinkCapabilities capabilities(int which) {
    int bits = which - 1;
    return which == 0
        ? LinkCapabilities.NONE
        : new LinkCapabilities(
            true, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0);
  }

  @Override
  public void begin() {
    decided = false;
    number = 0;
    begin(bed(0));
  }

  private void begin(Bed next) {
    bed = next;
    dropsBefore = bed.counters.value(Counter.DROP_OFFLOAD);
    for (Direction each : directions) {
      each.begin();
    }
  }

  @Override
  public Input next(SplittableRandom random) {
    if (!decided) {
      decided = true;
      return Input.of("capabilities", random.nextInt(CAPABILITIES));
    }
    int side = random.nextInt(SIDES);
    return switch (random.nextInt(16)) {
      case 0, 1 -> Input.of("room", side, random.nextInt(3) == 0 ? 100_000 : random.nextInt(30));
      case 2 -> Input.of("in-place", side, random.nextInt(2));
      case 3 -> random.nextInt(6) == 0 ? Input.of("goes", side) : Input.of("comes", side);
      default -> frame(side, random);
    };
  }

  private static Input frame(int side, SplittableRandom random) {
    int damage = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : 0;
    long[] numbers = new long[ShownFrame.DAMAGE + 2 * damage];
    numbers[0] = side;
    numbers[ShownFrame.KIND] = random.nextInt(ShownFrame.KINDS);
    numbers[ShownFrame.PAYLOAD] = payload(random);
    numbers[ShownFrame.SIZE] = size(random);
    numbers[ShownFrame.SEGMENTATION] = random.nextInt(3) == 0 ? random.nextInt(9) : 0;
    numbers[ShownFrame.MISSING] = random.nextInt(8) == 0 ? 1 : 0;
    numbers[ShownFrame.START] = random.nextInt(8) == 0 ? place(random) : 0;
    numbers[ShownFrame.OFFSET] = random.nextInt(10) == 0 ? place(random) : 0;
    numbers[ShownFrame.HEAD] = random.nextInt(2000);
    numbers[ShownFrame.PIECES] = random.nextInt(16);
    numbers[ShownFrame.LENGTH] = random.nextInt(10) == 0 ? random.nextInt(1, 2000) : 0;
    for (int i = ShownFrame.DAMAGE; i < numbers.length; i += 2) {
      numbers[i] = random.nextInt(random.nextInt(4) == 0 ? 2000 : 90);
      numbers[i + 1] = random.nextInt(256);
    }
    return Input.of("frame", numbers);
  }

  private static int payload(SplittableRandom random) {
    return switch (random.nextInt(16)) {
      case 0 -> random.nextInt(ShownFrame.MAX_PAYLOAD);
      case 1 -> 65_535 - random.nextInt(120);
      case 2, 3 -> random.nextInt(65_536);
      case 4, 5 -> random.nextInt(30);
      default -> random.nextInt(6000);
    };
  }

  private static int size(SplittableRandom random) {
    return switch (random.nextInt(8)) {
      case 0 -> random.nextInt(65_536);
      case 1 -> random.nextInt(70);
      case 2 -> 65_535 - random.nextInt(120);
      default -> 500 + random.nextInt(1000);
    };
  }

  private static int place(SplittableRandom random) {
    return random.nextInt(3) == 0 ? random.nextInt(65_536) : random.nextInt(120);
  }

  @Override
  public void apply(Input input) {
    int side = input.choice(0, SIDES);
    Direction direction = directions[side];
    switch (input.name()) {
      case "capabilities" -> {
        settle();
        begin(bed(input.choice(0, CAPABILITIES)));
      }
      case "room" -> bed.to(side).makeRoom(input.choice(1, 1 << 17));
      case "in-place" -> bed.to(side).takeInPlace(input.choice(1, 2) == 1);
      case "goes" -> {
        bed.to(side).setUp(false);
        direction.loseWhatIsUnderWay();
      }
      case "comes" -> bed.to(side).setUp(true);
      case "frame" -> {
        // A guest that isn't there says nothing.
        if (bed.from(side).hasPlace() && bed.from(side).isUp()) {
          number++;
          frames++;
          direction.send(ShownFrame.of(input, number));
        }
      }
      default -> {
        // Of another target.
      }
    }
    turn();
  }

  private void turn() {
    now += TURN;
    bed.guest.show(now);
    bed.uplink.show(now);
    allocated.begin();
    bed.bridge.onTurnEnd(now);
    allocated.end();
    bed.uplink.onTurnEnd(now);
    bed.guest.onTurnEnd(now);
    for (Direction each : directions) {
      each.look();
    }
    if (!bed.guest.isUp() && bed.uplink.isBlocked()) {
      throw new AssertionError("a frame is kept for a guest that isn't there");
    }
  }

  /** Everybody is there and has room, until nothing is under way. */
  private void settle() {
    for (int side = 0; side < SIDES; side++) {
      bed.to(side).setUp(true);
      bed.to(side).makeRoom(Integer.MAX_VALUE);
    }
    int turns = 0;
    do {
      turn();
      if (++turns == MANY_TURNS) {
        throw new AssertionError("a frame isn't taken where there is room");
      }
    } while (bed.guest.isWaiting() || bed.uplink.isWaiting());
    turn();
    for (Direction each : directions) {
      each.finishAll();
    }
  }

  @Override
  public void end() {
    settle();
    checkCounters();
    for (int side = 0; side < SIDES; side++) {
      bed.to(side).takeInPlace(false);
      apply(Input.of("frame", side, 0, 100, 1000));
    }
    settle();
    checkAllocation();
  }

  private void checkCounters() {
    long dropped = bed.counters.value(Counter.DROP_OFFLOAD) - dropsBefore;
    long missing = directions[0].dropped + directions[1].dropped;
    boolean someLost = directions[0].losable > 0 || directions[1].losable > 0;
    if (missing > dropped || !someLost && missing != dropped) {
      throw new AssertionError(missing + " frames are missing, " + dropped + " were dropped");
    }
    for (Counter full : List.of(Counter.DROP_LINK_FULL, Counter.DROP_UPLINK_FULL)) {
      if (bed.counters.value(full) > 0) {
        throw new AssertionError("a frame was dropped for which there wasn't room");
      }
    }
  }

  /** How fast it is compiled depends on the machine's load: only the best of many counts. */
  private void checkAllocation() {
    double each = (double) allocated.take() / Math.max(1, frames - framesBefore);
    framesBefore = frames;
    if (frames > WARM) {
      leastAllocated = Math.min(leastAllocated, each);
      measured++;
    }
    if (measured == SESSIONS) {
      if (leastAllocated > MOST_ALLOCATED) {
        throw new AssertionError("a frame leaves " + leastAllocated + " bytes for the collector");
      }
      measured = 0;
      leastAllocated = Double.MAX_VALUE;
    }
  }

  @Override
  public void close() {
    // There is nothing open.
  }
}
