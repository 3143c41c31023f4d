package org.jpasst.stack;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jpasst.guest.FrameSink;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerWheel;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.router.Services;

/**
 * Sends unsolicited router advertisements at random intervals, and some soon one after the other
 * when what they tell has changed (RFC 4861 section 6.2.4).
 */
final class RouterAdvertisements {
  /** MAX_INITIAL_RTR_ADVERTISEMENTS, RFC 4861 section 10. */
  private static final int INITIAL = 3;

  /** MAX_INITIAL_RTR_ADVERT_INTERVAL, in seconds. */
  private static final int INITIAL_INTERVAL = 16;

  private final EventLoop loop;
  private final Services services;
  private final FrameSink sink;
  private final RandomGenerator random;
  private final TimerWheel timer;
  private int soon;

  /** None are sent yet. */
  RouterAdvertisements(EventLoop loop, Services services, FrameSink sink, RandomGenerator random) {
    this.loop = loop;
    this.services = services;
    this.sink = sink;
    this.random = random;
    timer = loop.newTimers((id, now) -> send(now));
  }

  /** Starts with a first interval. */
  void start() {
    schedule(loop.now());
  }

  private void send(long now) {
    services.advertiseRouter(sink);
    schedule(now);
  }

  /** The first advertisement of something new was just sent. */
  void changed(long now) {
    soon = INITIAL - 1;
    schedule(now);
  }

  private void schedule(long now) {
    int seconds =
        soon > 0
            ? INITIAL_INTERVAL
            : random.nextInt(
                NdpResponder.MIN_ADVERTISEMENT_INTERVAL, NdpResponder.MAX_ADVERTISEMENT_INTERVAL);
    soon = Math.max(0, soon - 1);
    timer.schedule(0, now + TimeUnit.SECONDS.toNanos(seconds));
  }
}
