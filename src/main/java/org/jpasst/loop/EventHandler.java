package org.jpasst.loop;

/** Is told when descriptors of one kind are ready. */
public interface EventHandler {
  /**
   * A descriptor is ready.
   *
   * @param index as given in the key
   * @param generation as given in the key; the event is stale if the index has another one now
   * @param events what it is ready for, of {@link org.jpasst.linux.EpollFlag}
   * @param nowNanos the turn's time
   */
  void onReady(int index, int generation, int events, long nowNanos);

  /**
   * {@link #onReady} has thrown, which it never should: what the descriptor belongs to is better
   * given up, or the same event comes again and again.
   */
  default void onFailure(int index, int generation, long nowNanos) {}
}
