package org.jpasst.proto.tcp;

/** The sender's part against silly windows (RFC 9293 section 3.8.6.2.1). */
final class SillyWindowAvoidance {
  private boolean holding;
  private boolean overriding;

  void reset() {
    holding = overriding = false;
  }

  /** Whether bytes wait, more than the rest of the window holds, which isn't worth a segment. */
  boolean isHolding() {
    return holding;
  }

  void setHolding(boolean bytes) {
    holding = bytes;
  }

  /** They have waited for long enough: the next segment goes out whatever the window. */
  void override() {
    overriding = true;
  }

  /** Whether less than a segment goes out: half of the largest window, or after a long wait. */
  boolean isWorthwhile(int room, int largestWindow) {
    return room >= largestWindow / 2 || overriding;
  }

  void sent() {
    overriding = false;
  }
}
