package org.jpasst.proto.tcp;

import java.util.concurrent.TimeUnit;

/**
 * How long the guest takes to acknowledge, and the time-out that follows from it (RFC 6298). One
 * segment at a time is timed, and none that was sent more than once (section 3, Karn's algorithm).
 */
final class RoundTripTime {
  /** RFC 6298 section 2.1, while nothing has been measured. */
  static final long INITIAL = TimeUnit.SECONDS.toNanos(1);

  /** RFC 6298 section 5.7: data after a handshake that was repeated. */
  private static final long AFTER_REPEATED_HANDSHAKE = TimeUnit.SECONDS.toNanos(3);

  /** Linux's TCP_RTO_MIN; the second of RFC 6298 section 2.4 is a stall for a guest next door. */
  private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(200);

  /** Linux's TCP_RTO_MAX. */
  static final long LONGEST = TimeUnit.SECONDS.toNanos(120);

  /** Least time without news before one segment is sent again to get some. */
  private static final long SHORTEST_PROBE = TimeUnit.MILLISECONDS.toNanos(10);

  private RoundTripTime() {}

  /** New bytes are sent, up to before a sequence number: times them if nothing is being timed. */
  static void sent(TcpConnection c, int end, long now) {
    if (!c.timing) {
      c.timing = true;
      c.timedEnd = end;
      c.timedAt = now;
    }
  }

  /** Bytes from a sequence number on are sent again: their acknowledgment would tell nothing. */
  static void sentAgain(TcpConnection c, int start) {
    if (SequenceNumber.before(start, c.timedEnd)) {
      c.timing = false;
    }
  }

  /** The guest has got all before a sequence number, or has a range that ends there. */
  static void received(TcpConnection c, int end, long now) {
    if (c.timing && !SequenceNumber.before(end, c.timedEnd)) {
      c.timing = false;
      sample(c, Math.max(1, now - c.timedAt));
    }
  }

  /** RFC 6298 sections 2.2 and 2.3. */
  private static void sample(TcpConnection c, long nanos) {
    if (c.srtt == 0) {
      c.srtt = nanos;
      c.rttvar = nanos / 2;
    } else {
      c.rttvar += (Math.abs(c.srtt - nanos) - c.rttvar) / 4;
      c.srtt = Math.max(1, c.srtt + (nanos - c.srtt) / 8);
    }
  }

  /** The retransmission time-out, nanoseconds, doubled as often as it has run out. */
  static long timeout(TcpConnection c) {
    long first = c.handshakeRetried ? AFTER_REPEATED_HANDSHAKE : INITIAL;
    long once = c.srtt == 0 ? first : Math.max(SHORTEST, c.srtt + 4 * c.rttvar);
    return Math.min(LONGEST, once << Math.min(c.backoff, 16));
  }

  /**
   * How long to wait for any news of what is in flight before a segment is sent again, which is
   * long before the time-out (RFC 8985 section 7.2, whose two round trips these are).
   */
  static long probeTimeout(TcpConnection c) {
    return Math.max(SHORTEST_PROBE, Math.max(2 * c.srtt, c.srtt + 4 * c.rttvar));
  }
}
