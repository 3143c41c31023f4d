package org.jpasst.loop;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jpasst.linux.Epoll;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.EventFd;
import org.jpasst.log.Log;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * The loop. One turn: wait, read the clock once, hand each event to its kind's handler, let the
 * timers fire whose time has come, tell the turn's listeners in the order they were added.
 *
 * <p>It sleeps for ever when nothing is scheduled. An exception out of a handler is a bug: it is
 * logged for each place, counted, and the loop goes on. All methods belong to the loop's thread,
 * but for {@link #execute} and {@link #stop}.
 */
public final class EventLoop implements AutoCloseable {
  private static final int EVENTS = 256;
  private static final int FOR_EVER = -1;
  private static final EventKind WAKE_UP = new EventKind("wake-up");
  private static final EventHandler NOBODY = (index, generation, events, now) -> {};

  private final Epoll epoll = new Epoll(EVENTS);
  private final EventFd wakeUp = new EventFd();

  /** The kinds; the place of each is its number. */
  private final List<EventKind> kinds = new ArrayList<>();

  private final EventHandler[] handlers = new EventHandler[EventKey.KINDS];
  private final List<TimerWheel> wheels = new ArrayList<>();
  private final List<TurnListener> turnListeners = new ArrayList<>();
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final LongSupplier clock;
  private final Counters counters;
  private final FailureLog failures;
  private final GivingWay givingWay;
  private final Ticker ticker;

  /** How many there were of each kind, for as many as a key can name. */
  private final long[] events = new long[EventKey.KINDS];

  private long now;
  private boolean again;
  private boolean busy;
  private volatile boolean stopped;

  /**
   * A loop that watches nothing yet.
   *
   * @param clock monotonic nanoseconds, read once a turn
   * @throws IOException if the process is out of descriptors
   */
  public EventLoop(LongSupplier clock, Counters counters, Log log) throws IOException {
    this.clock = clock;
    this.counters = counters;
    failures = new FailureLog(log, counters);
    givingWay = new GivingWay(counters);
    now = clock.getAsLong();
    ticker = new Ticker(now);
    wheels.add(ticker.wheel());
    Arrays.fill(handlers, NOBODY);
    EventKeys keys = handle(WAKE_UP, this::onWakeUp);
    int result = add(wakeUp.fd(), EpollFlag.IN, keys.of(0, 0));
    if (result < 0) {
      throw new IOException("cannot watch the wake-up counter: " + Errno.name(result));
    }
  }

  /** Sets who is told of one kind's events; the keys to watch its descriptors with. */
  public EventKeys handle(EventKind kind, EventHandler handler) {
    int number = number(kind);
    handlers[number] = handler;
    return new EventKeys(number);
  }

  /** The keys of a kind whose events somebody else handles. */
  public EventKeys keys(EventKind kind) {
    return new EventKeys(number(kind));
  }

  private int number(EventKind kind) {
    int number = kinds.indexOf(kind);
    if (number < 0) {
      number = kinds.size();
      kinds.add(kind);
    }
    return number;
  }

  /**
   * Starts watching a descriptor, level-triggered unless the interest says otherwise.
   *
   * @param interest of {@link EpollFlag}; errors and hang-ups are always told
   * @param key see {@link EventKeys}
   * @return 0 or the negated error number
   */
  public int add(int fd, int interest, long key) {
    return epoll.add(fd, interest, key);
  }

  /** Changes a watched descriptor's interest or key; 0 or the negated error number. */
  public int modify(int fd, int interest, long key) {
    return epoll.modify(fd, interest, key);
  }

  /**
   * Stops watching a descriptor; 0 or the negated error number. Events of this turn may still be on
   * their way: the generation tells them. Closing a descriptor that has no duplicate does the same.
   */
  public int remove(int fd) {
    return epoll.remove(fd);
  }

  /** Makes a set of timers that this loop runs. */
  public TimerWheel newTimers(TimerListener listener) {
    var wheel = new TimerWheel(now, listener);
    wheels.add(wheel);
    return wheel;
  }

  /** Has a task done again and again, first when one interval has passed. */
  public void every(long intervalNanos, PeriodicTask task) {
    ticker.register(now, intervalNanos, task);
  }

  /** Adds a listener to the end of the turn, after those already there. */
  public void onTurnEnd(TurnListener listener) {
    turnListeners.add(listener);
  }

  /** The turn's time, nanoseconds. */
  public long now() {
    return now;
  }

  /** How many events of a kind there were. */
  public long eventsOf(EventKind kind) {
    return events[number(kind)];
  }

  /** Has the next turn begin at once, for work that this one left over. */
  public void again() {
    again = true;
  }

  /** Has a task done in the loop's thread, soon; from any thread. */
  public void execute(Runnable task) {
    tasks.add(task);
    wakeUp.signal();
  }

  /** Ends {@link #run} after the present turn; from any thread. */
  public void stop() {
    stopped = true;
    wakeUp.signal();
  }

  /** Runs until {@link #stop} is called. */
  public void run() {
    now = clock.getAsLong();
    while (!stopped) {
      turn(FOR_EVER);
    }
  }

  /**
   * One turn.
   *
   * @param maxMillis longest wait for events, -1 for no limit; with 0 the processor isn't given up
   *     to others either
   * @return how many events there were
   */
  public int turn(int maxMillis) {
    if (busy && maxMillis != 0 && givingWay.pays()) {
      Thread.yield();
    }
    int count = epoll.await(again ? 0 : timeoutMillis(maxMillis));
    again = false;
    busy = count > 0;
    now = clock.getAsLong();
    counters.increment(Counter.LOOP_TURNS);
    for (int i = 0; i < count; i++) {
      dispatch(epoll.data(i), epoll.events(i));
    }
    for (int i = 0; i < wheels.size(); i++) {
      advance(wheels.get(i));
    }
    for (int i = 0; i < turnListeners.size(); i++) {
      endTurn(turnListeners.get(i));
    }
    if (busy) {
      givingWay.turned();
    }
    return Math.max(0, count);
  }

  /** Closes what the loop made itself; the watched descriptors belong to others. */
  @Override
  public void close() {
    epoll.close();
    wakeUp.close();
  }

  /** Milliseconds until the earliest deadline, rounded up, or -1 for ever. */
  int timeoutMillis(int maxMillis) {
    long deadline = TimerWheel.NONE;
    for (int i = 0; i < wheels.size(); i++) {
      deadline = Math.min(deadline, wheels.get(i).nextDeadline());
    }
    if (deadline == TimerWheel.NONE) {
      return maxMillis;
    }
    long nanos = Math.max(0, deadline - clock.getAsLong());
    long millis = (nanos + TimeUnit.MILLISECONDS.toNanos(1) - 1) / 1_000_000;
    long limit = maxMillis < 0 ? Integer.MAX_VALUE : maxMillis;
    return (int) Math.min(millis, limit);
  }

  private void dispatch(long key, int ready) {
    int kind = EventKey.kind(key);
    EventHandler handler = handlers[kind];
    events[kind]++;
    try {
      handler.onReady(EventKey.index(key), EventKey.generation(key), ready, now);
    } catch (RuntimeException | AssertionError | StackOverflowError e) {
      failures.failed("an event of the " + kinds.get(kind).name(), e);
      giveUp(handler, key);
    }
  }

  private void giveUp(EventHandler handler, long key) {
    try {
      handler.onFailure(EventKey.index(key), EventKey.generation(key), now);
    } catch (RuntimeException | AssertionError | StackOverflowError e) {
      failures.failed("giving up after a failure", e);
    }
  }

  private void advance(TimerWheel wheel) {
    try {
      wheel.advance(now);
    } catch (RuntimeException | AssertionError | StackOverflowError e) {
      failures.failed("a timer", e);
    }
  }

  private void endTurn(TurnListener listener) {
    try {
      listener.onTurnEnd(now);
    } catch (RuntimeException | AssertionError | StackOverflowError e) {
      failures.failed("the end of a turn", e);
    }
  }

  private void onWakeUp(int index, int generation, int ready, long nowNanos) {
    wakeUp.clear();
    Runnable task = tasks.poll();
    while (task != null) {
      try {
        task.run();
      } catch (RuntimeException | AssertionError | StackOverflowError e) {
        failures.failed("a task", e);
      }
      task = tasks.poll();
    }
  }
}
