package org.jpasst.loop;

/** Something done at regular intervals. */
public interface PeriodicTask {
  /**
   * The interval is over; after a pause of several intervals this is called once.
   *
   * @param nowNanos the turn's time
   */
  void onTick(long nowNanos);
}
