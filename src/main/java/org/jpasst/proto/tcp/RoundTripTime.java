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

  /** No round trip. */
  static final long UNTIMED = 0;

  private long srtt;
  private long rttvar;

  /** Bytes up to before {@link #timedEnd}, sent at {@link #timedAt}, are being timed. */
  private boolean timing;

  private int timedEnd;
  private long timedAt;
  private boolean handshakeRepeated;

  void reset() {
    srtt = rttvar = timedAt = 0;
    timedEnd = 0;
    timing = handshakeRepeated = false;
  }

  /** New bytes are sent, up to before a sequence number: times them if nothing is being timed. */
  void sent(int end, long now) {
    if (!timing) {
      timing = true;
      timedEnd = end;
      timedAt = now;
    }
  }

  /** Bytes from a sequence number on are sent again: their acknowledgment would tell nothing. */
  void sentAgain(int start) {
    if (SequenceNumber.before(start, timedEnd)) {
      timing = false;
    }
  }

  /**
   * The guest has got all before a sequence number, or has a range that ends there.
   *
   * @return the round trip that ends with this, nanoseconds; {@link #UNTIMED} if none does
   */
  long received(int end, long now) {
    if (!timing || SequenceNumber.before(end, timedEnd)) {
      return UNTIMED;
    }
    timing = false;
    long nanos = Math.max(1, now - timedAt);
    sample(nanos);
    return nanos;
  }

  /** RFC 6298 sections 2.2 and 2.3. */
  private void sample(long nanos) {
    if (srtt == 0) {
      srtt = nanos;
      rttvar = nanos / 2;
    } else {
      rttvar += (Math.abs(srtt - nanos) - rttvar) / 4;
      srtt = Math.max(1, srtt + (nanos - srtt) / 8);
    }
  }

  /** The SYN, or SYN-ACK, was sent more than once. */
  void repeatHandshake() {
    handshakeRepeated = true;
  }

  boolean isHandshakeRepeated() {
    return handshakeRepeated;
  }

  /** SRTT, nanoseconds; 0 before anything was measured. */
  long smoothed() {
    return srtt;
  }

  /** RTTVAR, nanoseconds. */
  long variation() {
    return rttvar;
  }

  /** The retransmission time-out, nanoseconds, doubled as often as it has run out. */
  long timeout(int doublings) {
    long first = handshakeRepeated ? AFTER_REPEATED_HANDSHAKE : INITIAL;
    long once = srtt == 0 ? first : Math.max(SHORTEST, srtt + 4 * rttvar);
    return Math.min(LONGEST, once << Math.min(doublings, 16));
  }

  /**
   * How long to wait for any news of what is in flight before a segment is sent again, which is
   * long before the time-out (RFC 8985 section 7.2, whose two round trips these are).
   */
  long probeTimeout() {
    return Math.max(SHORTEST_PROBE, Math.max(2 * srtt, srtt + 4 * rttvar));
  }
}
