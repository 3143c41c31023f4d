package org.jpasst.loop;

/** Is told when all events and timers of a turn have been handled. */
public interface TurnListener {
  /**
   * The turn ends: what was collected is sent, interests are recomputed.
   *
   * @param nowNanos the turn's time
   */
  void onTurnEnd(long nowNanos);
}
