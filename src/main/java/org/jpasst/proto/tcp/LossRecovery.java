package org.jpasst.proto.tcp;

/**
 * How much may be in flight to the guest once something was lost on the way.
 *
 * <p>A link that is a socket or memory shared with the guest loses nothing, so at first only the
 * guest's window limits what is sent over it. A device can, and there the first flight is ten
 * segments (RFC 6928), doubled with each round trip (RFC 5681 section 3.1). When a loss is found
 * (RFC 6675 section 5, or three duplicate acknowledgments where the guest doesn't know SACK, RFC
 * 6582), as much is kept in flight as then was, less what was lost: for each byte that arrives one
 * is sent, which is the conservative bound of RFC 6937 section 3. Afterwards it grows by what is
 * acknowledged until the guest's window is the limit again. After a time-out it grows so from one
 * segment on (RFC 5681 section 3.1).
 */
final class LossRecovery {
  /** A congestion window that limits nothing. */
  static final int UNLIMITED = Integer.MAX_VALUE;

  /** RFC 6928 section 2. */
  private static final int INITIAL_SEGMENTS = 10;

  private static final int INITIAL_BYTES = 14_600;

  private LossRecovery() {}

  /** The connection is established, over a link that can lose frames. */
  static void beginSlowly(TcpConnection c) {
    int first =
        Math.min(INITIAL_SEGMENTS * c.send.mss(), Math.max(2 * c.send.mss(), INITIAL_BYTES));
    // RFC 5681 section 3.1: a repeated handshake may have been one that was lost.
    c.cwnd = c.handshakeRetried ? c.send.mss() : first;
  }

  /** Bytes that may be sent now. */
  static int sendable(TcpConnection c) {
    int window = c.send.usableWindow();
    return c.cwnd == UNLIMITED ? window : Math.min(window, room(c));
  }

  /** Bytes that the path has room for: whole segments, or none. */
  static int room(TcpConnection c) {
    int pipe = pipe(c);
    int room = c.cwnd - pipe;
    if (pipe <= 0) {
      return Math.max(room, c.send.mss());
    }
    return room < c.send.mss() ? 0 : room - room % c.send.mss();
  }

  /** Bytes on their way to the guest, as far as can be told (RFC 6675 section 4, SetPipe). */
  static int pipe(TcpConnection c) {
    if (c.scoreboard.isEmpty()) {
      return c.send.inFlight();
    }
    int missing = c.scoreboard.missing(c.send.una(), c.send.nxt());
    if (!c.recovering) {
      // After a time-out: all up to there was sent anew, and none of that is known to be lost.
      return missing;
    }
    int lost = c.scoreboard.lostBefore(c.send.una(), c.send.mss());
    int pipe = missing - c.scoreboard.missing(c.send.una(), lost);
    if (SequenceNumber.after(c.highRxt, c.send.una())) {
      int again = SequenceNumber.before(c.highRxt, lost) ? c.highRxt : lost;
      pipe += c.scoreboard.missing(c.send.una(), again);
    }
    return pipe;
  }

  /** Whether the guest's selective acknowledgments say that something was lost since the last. */
  static boolean isLossFound(TcpConnection c) {
    return !c.recovering
        && !SequenceNumber.before(c.send.una(), c.recover)
        && c.scoreboard.lostBefore(c.send.una(), c.send.mss()) != c.send.una();
  }

  /** A loss was found: recovery lasts until all that is in flight now is acknowledged. */
  static void enter(TcpConnection c) {
    c.recovering = true;
    c.recover = c.send.max();
    c.highRxt = c.send.una();
    if (!c.scoreboard.isEmpty()) {
      // One segment is sent again whatever is in flight.
      c.cwnd = Math.max(c.send.mss(), pipe(c)) + c.send.mss();
    }
  }

  /** The guest has acknowledged so many bytes more. */
  static void acknowledged(TcpConnection c, int bytes) {
    if (c.recovering) {
      if (SequenceNumber.before(c.send.una(), c.recover)) {
        return;
      }
      c.recovering = false;
    } else if (SequenceNumber.after(c.send.una(), c.recover)) {
      // Kept near: half of all numbers count as coming before it.
      c.recover = c.send.una();
    }
    if (c.cwnd != UNLIMITED) {
      c.cwnd = c.cwnd + bytes >= c.send.window() ? UNLIMITED : c.cwnd + bytes;
    }
  }

  /** Nothing was heard of for long: what is in flight counts as lost. */
  static void onTimeout(TcpConnection c) {
    c.recovering = false;
    c.recover = c.send.max();
    c.cwnd = c.send.mss();
  }
}
