package org.jpasst.guest;

/** Is told when a {@link FrameSink} that had no room has some again, or lost its guest. */
public interface RoomListener {
  /**
   * The sink has room again, or for the first time: a guest has connected or has caught up.
   *
   * @param now the turn's time, nanoseconds
   */
  void onRoom(long now);
}
