package org.jpasst.guest;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Tells those of room who were refused it: a sink says here that it has refused somebody something,
 * whatever it was, and all its {@link RoomListener}s are called when there is room again.
 */
public final class RoomSignal {
  /** So often in one turn, before others have theirs. */
  private static final int MAX_ROUNDS = 8;

  private final BooleanSupplier hasRoom;
  private final Runnable flush;
  private final List<RoomListener> listeners = new ArrayList<>();
  private boolean refused;

  /**
   * Nobody has been refused anything yet.
   *
   * @param hasRoom whether it makes sense for whoever was refused to try again
   * @param flush sends what listeners have published
   */
  public RoomSignal(BooleanSupplier hasRoom, Runnable flush) {
    this.hasRoom = hasRoom;
    this.flush = flush;
  }

  /** Adds somebody to tell. */
  public void add(RoomListener listener) {
    listeners.add(listener);
  }

  /** Somebody was told that there is no room, or is to hear that there is now. */
  public void refuse() {
    refused = true;
  }

  /** Whether somebody is still to be told. */
  public boolean isAwaited() {
    return refused;
  }

  /** Whether somebody could be told now: a turn's rounds weren't enough. */
  public boolean isDue() {
    return refused && hasRoom.getAsBoolean();
  }

  /**
   * Tells of room, if there is any. What listeners publish may use it up, and the guest may take
   * that at once: then they are told again.
   *
   * @param now the turn's time, nanoseconds
   */
  public void tell(long now) {
    for (int i = 0; i < MAX_ROUNDS && isDue(); i++) {
      refused = false;
      for (int j = 0; j < listeners.size(); j++) {
        listeners.get(j).onRoom(now);
      }
      flush.run();
    }
  }
}
