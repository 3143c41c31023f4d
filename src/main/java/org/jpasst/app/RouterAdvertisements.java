package org.jpasst.app;

import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jpasst.guest.FrameSink;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerWheel;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.router.Services;

/** Sends unsolicited router advertisements at random intervals (RFC 4861 section 6.2.4). */
final class RouterAdvertisements {
  private final Services services;
  private final FrameSink sink;
  private final RandomGenerator random;
  private final TimerWheel timer;

  /** Starts with a first interval. */
  RouterAdvertisements(EventLoop loop, Services services, FrameSink sink, RandomGenerator random) {
    this.services = services;
    this.sink = sink;
    this.random = random;
    timer = loop.newTimers((id, now) -> send(now));
    schedule(loop.now());
  }

  private void send(long now) {
    services.advertiseRouter(sink);
    schedule(now);
  }

  private void schedule(long now) {
    int seconds =
        random.nextInt(
            NdpResponder.MIN_ADVERTISEMENT_INTERVAL, NdpResponder.MAX_ADVERTISEMENT_INTERVAL);
    timer.schedule(0, now + TimeUnit.SECONDS.toNanos(seconds));
  }
}
