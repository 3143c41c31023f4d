package org.jpasst.proto.tcp;

import java.util.concurrent.TimeUnit;
import org.jpasst.loop.TimerWheel;

/** The retransmission timer of each connection (RFC 6298), for what was sent to the guest. */
final class TcpTimers {
  /**
   * Time-outs in a row after which a guest is given up that could have answered: Linux's
   * tcp_retries2 (ip-sysctl), 924.6 s and more; RFC 9293 section 3.8.3 wants 100 s at least.
   */
  static final int MAX_RETRIES = 15;

  /** The same for a SYN: four minutes, where RFC 9293 section 3.8.3 wants three at least. */
  static final int MAX_HANDSHAKE_RETRIES = 11;

  /** How long bytes wait for a better window (RFC 9293 section 3.8.6.2.1: 0.1 to 1 s). */
  static final long OVERRIDE = TimeUnit.MILLISECONDS.toNanos(200);

  /** Segments sent again to get news before what is in flight counts as lost. */
  private static final int MAX_PROBES = 2;

  /** Linux's tcp_syn_linear_timeouts: so many repetitions of a SYN without doubling. */
  private static final int LINEAR_HANDSHAKE_RETRIES = 4;

  private final TimerWheel wheel;

  TcpTimers(TimerWheel wheel) {
    this.wheel = wheel;
  }

  /** Starts the timer unless it is running (RFC 6298 section 5.1). */
  void start(TcpConnection c, long now) {
    if (!wheel.isScheduled(c.flow.index())) {
      restart(c, now);
    }
  }

  /** Starts the timer anew (RFC 6298 section 5.3). */
  void restart(TcpConnection c, long now) {
    wheel.schedule(c.flow.index(), now + timeout(c));
  }

  void cancel(TcpConnection c) {
    wheel.cancel(c.flow.index());
  }

  /**
   * Whether a lost segment can be told from a slow guest before the time-out: not where the guest
   * may be delaying its acknowledgment (RFC 8985 section 7.2), nor beyond a closed window.
   */
  static boolean mayProbe(TcpConnection c) {
    return c.retries.probes() < MAX_PROBES
        && c.retries.backoff() == 0
        && c.roundTrip.smoothed() > 0
        && c.send.window() > 0
        && c.send.inFlight() > 2 * c.send.mss();
  }

  /** Whether it has been asked often enough. */
  static boolean isSpent(TcpConnection c) {
    return c.retries.count() >= (c.established() ? MAX_RETRIES : MAX_HANDSHAKE_RETRIES);
  }

  private static long timeout(TcpConnection c) {
    if (!c.established()) {
      int doublings = Math.max(0, c.retries.count() - LINEAR_HANDSHAKE_RETRIES);
      return Math.min(RoundTripTime.LONGEST, RoundTripTime.INITIAL << doublings);
    }
    if (c.sws.isHolding() && c.send.isAllAcknowledged()) {
      return OVERRIDE;
    }
    long timeout = c.roundTrip.timeout(c.retries.backoff());
    return mayProbe(c) ? Math.min(timeout, c.roundTrip.probeTimeout()) : timeout;
  }
}
