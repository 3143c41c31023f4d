package org.jpasst.loop;

/** Is told when a deadline of a {@link TimerWheel} has passed. */
public interface TimerListener {
  /**
   * A deadline has passed; the timer is no longer scheduled.
   *
   * @param id the timer
   * @param nowNanos the turn's time, never before the deadline
   */
  void onTimer(int id, long nowNanos);
}
