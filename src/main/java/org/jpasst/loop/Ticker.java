package org.jpasst.loop;

import java.util.ArrayList;
import java.util.List;

/** Tasks done at regular intervals, each one timer of a wheel of its own. */
public final class Ticker implements TimerListener {
  private record Entry(long intervalNanos, PeriodicTask task) {}

  private final List<Entry> entries = new ArrayList<>();
  private final TimerWheel wheel;

  /** A ticker without tasks. */
  public Ticker(long now) {
    wheel = new TimerWheel(now, this);
  }

  /**
   * Adds a task, to be done first when one interval has passed.
   *
   * @param intervalNanos more than 0
   */
  public void register(long now, long intervalNanos, PeriodicTask task) {
    entries.add(new Entry(intervalNanos, task));
    wheel.schedule(entries.size() - 1, now + intervalNanos);
  }

  @Override
  public void onTimer(int id, long nowNanos) {
    Entry entry = entries.get(id);
    wheel.schedule(id, nowNanos + entry.intervalNanos);
    entry.task.onTick(nowNanos);
  }

  /** The wheel, for the loop. */
  TimerWheel wheel() {
    return wheel;
  }
}
