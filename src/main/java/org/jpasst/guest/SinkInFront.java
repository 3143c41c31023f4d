package org.jpasst.guest;

/** A sink that stands in front of another: what it doesn't do in its own way it leaves to that. */
public interface SinkInFront extends FrameSink {
  /** The one behind it. */
  FrameSink behind();

  @Override
  default boolean hasRoom() {
    return behind().hasRoom();
  }

  @Override
  default boolean isStalled() {
    return behind().isStalled();
  }

  @Override
  default boolean isLossy() {
    return behind().isLossy();
  }

  @Override
  default LinkCapabilities capabilities() {
    return behind().capabilities();
  }

  @Override
  default LentFrame lend(int headers, int capacity) {
    return behind().lend(headers, capacity);
  }

  @Override
  default LentFrame lendReply(int capacity) {
    return behind().lendReply(capacity);
  }

  @Override
  default LentFrame lendControl(int capacity) {
    return behind().lendControl(capacity);
  }

  @Override
  default void giveBack() {
    behind().giveBack();
  }

  @Override
  default void flush() {
    behind().flush();
  }
}
