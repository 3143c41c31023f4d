package org.jpasst.guest;

/** Takes the frames a guest sends. */
public interface FrameReceiver {
  /** Takes no frames: who stands behind a link until somebody else does. */
  FrameReceiver NOBODY =
      new FrameReceiver() {
        @Override
        public void onConnected(long now) {}

        @Override
        public void onDisconnected() {}

        @Override
        public void onFrame(Frame frame, long now) {}

        @Override
        public void onBatchEnd(long now) {}
      };

  /**
   * A guest has connected; its first frames are yet to come.
   *
   * @param now the turn's time, nanoseconds
   */
  void onConnected(long now);

  /** The guest is gone. */
  void onDisconnected();

  /**
   * One frame of a batch. What it points to stays valid, in place, until the end of {@link
   * #onBatchEnd}; the object itself shows the next frame after this call.
   *
   * @param now the turn's time, nanoseconds
   */
  void onFrame(Frame frame, long now);

  /**
   * All frames of the batch have been shown; they go back to the guest after this call.
   *
   * @param now the turn's time, nanoseconds
   */
  void onBatchEnd(long now);

  /**
   * Whoever has the guest asks to have the network told that the guest is here now, by one of its
   * Ethernet addresses.
   *
   * @param mac as it was asked for: 48 bits that may be anything
   * @param now the turn's time, nanoseconds
   */
  default void onAnnouncement(long mac, long now) {
    // A guest whose packets are translated isn't seen by any network that could be told.
  }

  /**
   * Whether the frames shown in this turn have asked for as much as a turn may do, whatever their
   * number and length: those behind them are to be shown in the next one, so that others have
   * theirs.
   */
  default boolean isSated() {
    return false;
  }

  /**
   * Whether no frame can be taken for now: those that weren't shown are to stay where they are,
   * until the link is told to {@linkplain GuestLink#goOn go on}. Frames that are shown all the same
   * are dropped.
   */
  default boolean isBlocked() {
    return false;
  }

  /**
   * Whether frames are looked at until the batch ends, and not only while they are shown: else
   * their memory may be used for the next at once.
   */
  default boolean keepsFrames() {
    return true;
  }
}
