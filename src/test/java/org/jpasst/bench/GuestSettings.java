package org.jpasst.bench;

import java.time.Duration;

/**
 * How the guest is set up.
 *
 * @param congestionControl of TCP in the guest, such as {@code cubic}
 * @param ipv6 whether traffic is of IPv6
 * @param boot how long it takes from the back-end's start to its first frame
 */
record GuestSettings(String congestionControl, boolean ipv6, Duration boot) {
  /** Lets the guest boot: nothing happens. */
  void awaitBoot() {
    try {
      Thread.sleep(boot);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
