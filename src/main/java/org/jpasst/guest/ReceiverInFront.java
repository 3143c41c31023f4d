package org.jpasst.guest;

/**
 * A receiver that stands in front of another: what it doesn't do in its own way it leaves to that.
 */
public interface ReceiverInFront extends FrameReceiver {
  /** The one behind it. */
  FrameReceiver behind();

  @Override
  default void onConnected(long now) {
    behind().onConnected(now);
  }

  @Override
  default void onDisconnected() {
    behind().onDisconnected();
  }

  @Override
  default void onBatchEnd(long now) {
    behind().onBatchEnd(now);
  }

  @Override
  default void onAnnouncement(long mac, long now) {
    behind().onAnnouncement(mac, now);
  }

  @Override
  default boolean isSated() {
    return behind().isSated();
  }

  @Override
  default boolean isBlocked() {
    return behind().isBlocked();
  }

  @Override
  default boolean keepsFrames() {
    return behind().keepsFrames();
  }
}
