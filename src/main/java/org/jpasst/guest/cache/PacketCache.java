package org.jpasst.guest.cache;

import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.RoomListener;
import org.jpasst.guest.TrafficKind;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Holds back frames for a guest that stands still, and gives them to it, in order and before
 * anything newer, once it runs: here, or on another host.
 *
 * <p>Bounded: of a new frame that there is no room for, or whose flow has a quarter of the room
 * already, nothing is kept but the count. Frames that have waited for longer than {@link
 * #MAX_AGE_MILLIS} aren't given to anybody.
 *
 * <p>Costs nothing while the guest runs: {@link #sink} asks the link first, and us only where that
 * takes nothing.
 */
public final class PacketCache implements RoomListener {
  /** Senders have sent it again by then, or have given up. */
  public static final int MAX_AGE_MILLIS = 10_000;

  /** So many flows have room at least. */
  private static final int SHARES = 4;

  private final GuestLink link;
  private final FrameSink frames;
  private final CachePolicy policy;
  private final long limit;
  private final LongSupplier clock;
  private final Counters counters;

  /** Of another host, where they were cached before any of ours. */
  private final FrameQueue restored = new FrameQueue();

  /** Of another host, where they came after the state was saved. */
  private final FrameQueue late = new FrameQueue();

  private final FrameQueue own = new FrameQueue();
  private final FlowShares shares = new FlowShares(RandomGenerator.getDefault().nextLong());
  private final Map<TrafficKind, CacheChoice> choices = new EnumMap<>(TrafficKind.class);
  private Set<TrafficKind> cached = Set.of();
  private boolean asked; // the policy, since the guest has stopped
  private boolean held; // whether the guest runs or not
  private Successor successor = Successor.NOBODY;
  private int dropped;

  /**
   * An empty cache.
   *
   * @param link the guest's
   * @param frames where frames for it go: the link, or what stands in front of it
   * @param limit most bytes that are cached
   * @param clock nanoseconds
   */
  public PacketCache(
      GuestLink link,
      FrameSink frames,
      CachePolicy policy,
      long limit,
      LongSupplier clock,
      Counters counters) {
    this.link = link;
    this.frames = frames;
    this.policy = policy;
    this.limit = limit;
    this.clock = clock;
    this.counters = counters;
  }

  /** What stands in front of the link for one kind of traffic. */
  public FrameSink sink(TrafficKind kind) {
    return new CacheSink(this, frames, kind);
  }

  /** Whether frames of a kind are to be cached now: the guest stands still, or all are held. */
  boolean takes(TrafficKind kind) {
    if (!held && !link.isPaused()) {
      asked = false;
      return false;
    }
    if (!asked) {
      asked = true;
      cached = cached();
      frames.hasRoom(); // so that we are told when it runs again
    }
    return cached.contains(kind);
  }

  /** The kinds that are cached while the guest stands still, or would be if it stopped now. */
  public Set<TrafficKind> cached() {
    Set<TrafficKind> kinds = EnumSet.noneOf(TrafficKind.class);
    kinds.addAll(policy.cached());
    choices.forEach(
        (kind, choice) -> {
          switch (choice) {
            case ON -> kinds.add(kind);
            case OFF -> kinds.remove(kind);
            case AUTO -> {
              // The policy has said it.
            }
          }
        });
    return kinds;
  }

  /** What an operator has said about a kind. */
  public CacheChoice choice(TrafficKind kind) {
    return choices.getOrDefault(kind, CacheChoice.AUTO);
  }

  /**
   * From now on a kind is cached, or not, as said here. What is in the cache stays there.
   *
   * @param kind one that can be cached ({@link CachePolicy#cacheable}); there has to be room
   */
  public void choose(TrafficKind kind, CacheChoice choice) {
    choices.put(kind, choice);
    asked = false;
  }

  /**
   * From now on frames are cached as if the guest stood still, even if it is gone, and given to
   * nobody but those that are {@linkplain #addLate late}.
   */
  public void hold() {
    held = true;
  }

  /** Whether frames are held. */
  public boolean isHeld() {
    return held;
  }

  /** Frames go to the guest again, if it takes them; those that were held do first. */
  public void release() {
    if (held) {
      held = false;
      asked = false;
      deliver();
    }
  }

  /** Who goes on with the guest, and is to know what still comes for it here. */
  @FunctionalInterface
  public interface Successor {
    /** One who needn't know. */
    Successor NOBODY = (memory, at, length) -> {};

    /** A frame was cached, or would have been if there were room; it stays where it is. */
    void onFrame(MemorySegment memory, long at, int length);
  }

  /** Shows frames that are cached from now on to somebody, besides. */
  public void showTo(Successor who) {
    successor = who;
  }

  /** Forgets all frames: who they were for is gone. */
  public void clear() {
    while (!isEmpty()) {
      remove();
    }
  }

  /** What is cached, by flow: those of most bytes first. */
  public List<CachedFlow> flows() {
    Map<String, CachedFlow> flows = new HashMap<>();
    FrameQueue.Visitor count =
        (memory, at, length) -> {
          var one = new CachedFlow(FlowTitle.of(memory, at, length), 1, length);
          flows.merge(one.title(), one, CachedFlow::plus);
        };
    queues().forEach(each -> each.visit(count));
    return flows.values().stream()
        .sorted(
            Comparator.comparingLong(CachedFlow::bytes).reversed().thenComparing(CachedFlow::title))
        .toList();
  }

  /** What would be cached if the guest stopped now, in one line. */
  public String describe() {
    Set<TrafficKind> kinds = cached();
    return kinds.isEmpty()
        ? "off"
        : "up to "
            + limit
            + " bytes of "
            + kinds.stream().sorted().map(TrafficKind::toString).collect(Collectors.joining(", "));
  }

  /** Whether there are no frames that go first. */
  public boolean isEmpty() {
    return count() == 0;
  }

  /** How many frames are cached. */
  public int count() {
    return restored.count() + late.count() + own.count();
  }

  /** How many bytes they take on their way to another host. */
  public long size() {
    return restored.size() + late.size() + own.size();
  }

  /** How many frames were dropped since this was asked last. */
  public int takeDropped() {
    int number = dropped;
    dropped = 0;
    return number;
  }

  /** The most bytes that are cached. */
  public long limit() {
    return limit;
  }

  /** The time as the frames have it: milliseconds. */
  public int time() {
    return (int) TimeUnit.NANOSECONDS.toMillis(clock.getAsLong());
  }

  /** The frames, as {@link FrameQueue} says, for another host; the memory is ours. */
  public List<MemorySegment> save() {
    counters.add(Counter.CACHE_SAVED, count());
    return parts();
  }

  List<MemorySegment> parts() {
    return queues().stream().flatMap(each -> each.parts().stream()).toList();
  }

  /** In the order in which the guest is given them. */
  private List<FrameQueue> queues() {
    return List.of(restored, late, own);
  }

  /** Takes a frame, if there is room. */
  void add(MemorySegment frame, long at, int length) {
    successor.onFrame(frame, at, length);
    add(frame, at, length, time());
  }

  /**
   * Takes a frame that another host has sent after the state, and gives it to the guest, if that
   * runs, behind what was restored and before what is held.
   *
   * @param frame whole, with all sums; copied
   */
  public void addLate(MemorySegment frame, long at, int length) {
    if (size() + FrameQueue.FIXED + length > limit) {
      drop(Counter.DROP_CACHE_FULL);
      return;
    }
    late.add(time(), frame, at, length);
    counters.increment(Counter.CACHED_LATE);
    deliver();
  }

  /**
   * Takes frames that were cached elsewhere, as far as there is room. They go before those of our
   * own.
   *
   * @param cachedFrames as in {@link #save}, which are copied; they are well formed
   * @param number how many there are
   * @param writtenAt the time at which they were written, by the clock that their times are of
   */
  public void restore(MemorySegment cachedFrames, int number, int writtenAt) {
    long room = Math.max(0, limit - size());
    long fitting = cachedFrames.byteSize();
    int count = number;
    if (fitting > room) {
      fitting = 0;
      count = 0;
      long next = FrameQueue.FIXED + FrameQueue.lengthOf(cachedFrames, 0);
      while (fitting + next <= room) {
        fitting += next;
        count++;
        next = FrameQueue.FIXED + FrameQueue.lengthOf(cachedFrames, fitting);
      }
    }
    restored.addAll(cachedFrames.asSlice(0, fitting), count, time() - writtenAt);
    counters.add(Counter.CACHED, count);
    counters.add(Counter.DROP_CACHE_FULL, number - count);
    dropped += number - count;
  }

  private void add(MemorySegment frame, long at, int length, int time) {
    int bytes = FrameQueue.FIXED + length;
    if (size() + bytes > limit) {
      dropOld();
    }
    if (size() + bytes > limit) {
      drop(Counter.DROP_CACHE_FULL);
    } else if (shares.of(frame, at, length) + bytes > limit / SHARES) {
      drop(Counter.DROP_CACHE_FLOW);
    } else {
      shares.add(frame, at, length, bytes);
      own.add(time, frame, at, length);
      counters.increment(Counter.CACHED);
    }
  }

  private void drop(Counter reason) {
    counters.increment(reason);
    dropped++;
  }

  private FrameQueue next() {
    if (restored.count() > 0) {
      return restored;
    }
    return late.count() > 0 ? late : own;
  }

  /** Whether what is next has to wait although the guest takes it. */
  private boolean isHeldBack() {
    return held && next() == own;
  }

  private boolean isOld() {
    return time() - next().time() > MAX_AGE_MILLIS;
  }

  private void dropOld() {
    while (!isEmpty() && isOld()) {
      remove();
      drop(Counter.DROP_CACHE_OLD);
    }
  }

  private void remove() {
    FrameQueue queue = next();
    int length = queue.length();
    if (queue == own) {
      shares.add(queue.memory(), queue.at(), length, -(FrameQueue.FIXED + length));
    }
    queue.remove();
  }

  /** Gives the guest what it takes; whether that is all. */
  boolean deliver() {
    while (!isEmpty() && !isHeldBack() && !link.isPaused()) {
      if (isOld()) {
        drop(Counter.DROP_CACHE_OLD);
      } else if (!frames.hasRoom() || !write()) {
        return false;
      } else {
        counters.increment(Counter.CACHE_DELIVERED);
      }
      remove();
    }
    return isEmpty();
  }

  private boolean write() {
    FrameQueue queue = next();
    int length = queue.length();
    LentFrame frame = frames.lend(length);
    if (frame.isNone()) {
      return false;
    }
    MemorySegment.copy(queue.memory(), queue.at(), frame.memory(), frame.at(), length);
    frames.publish(frame, length);
    return true;
  }

  @Override
  public void onRoom(long now) {
    asked = false;
    deliver();
  }
}
