package org.jpasst.proto.tcp;

import java.util.concurrent.TimeUnit;
import org.jpasst.loop.TimerWheel;

/** The retransmission timer of each connection (RFC 6298), for what was sent to the guest. */
final class TcpTimers {
  /** Timeouts in a row after which a guest is given up; passt's numbers. */
  static final int MAX_RETRIES = 7;

  /** RFC 6298 section 2.1. */
  private static final long INITIAL = TimeUnit.SECONDS.toNanos(1);

  /** RFC 6298 section 5.7: data after a handshake that was repeated. */
  private static final long AFTER_REPEATED_HANDSHAKE = TimeUnit.SECONDS.toNanos(3);

  /** Linux's TCP_RTO_MAX. */
  private static final long LONGEST = TimeUnit.SECONDS.toNanos(120);

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

  private static long timeout(TcpConnection c) {
    if (!c.established()) {
      int doublings = Math.max(0, c.retries - LINEAR_HANDSHAKE_RETRIES);
      return Math.min(LONGEST, INITIAL << doublings);
    }
    long first = c.handshakeRetried ? AFTER_REPEATED_HANDSHAKE : INITIAL;
    return Math.min(LONGEST, first << Math.min(c.backoff, 16));
  }
}
