package org.jpasst.guest.vhostuser;

import java.util.concurrent.TimeUnit;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerWheel;

/**
 * Looks at rings whose front-end gives no descriptor to be kicked by, which means that we poll
 * (VHOST_USER_SET_VRING_KICK, bit 8). Nothing is scheduled where there are none.
 */
final class PolledRings {
  private static final long PACE = TimeUnit.MILLISECONDS.toNanos(1);

  private final EventLoop loop;
  private final Vring[] rings;
  private final TimerWheel timers;

  PolledRings(EventLoop loop, Vring[] rings) {
    this.loop = loop;
    this.rings = rings;
    timers = loop.newTimers(this::onTimer);
  }

  /** Begins with those that are to be polled; called when the front-end has said something. */
  void begin() {
    for (int i = 0; i < rings.length; i++) {
      if (rings[i].isPolled()) {
        timers.schedule(i, loop.now() + PACE);
      }
    }
  }

  private void onTimer(int ring, long now) {
    if (rings[ring].isPolled()) {
      rings[ring].kickAgain();
      timers.schedule(ring, now + PACE);
    }
  }
}
