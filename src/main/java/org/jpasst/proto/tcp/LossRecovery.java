package org.jpasst.proto.tcp;

import java.util.OptionalLong;

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
  private static final int UNLIMITED = Integer.MAX_VALUE;

  /** RFC 6928 section 2. */
  private static final int INITIAL_SEGMENTS = 10;

  private static final int INITIAL_BYTES = 14_600;

  /** RFC 5681 section 3.2. */
  private static final int DUPLICATES_FOR_RETRANSMIT = 3;

  private final SendSequence send;
  private Scoreboard scoreboard = Scoreboard.NONE;
  private int cwnd = UNLIMITED;

  /** A lost segment is being recovered until the guest has acknowledged {@link #recover}. */
  private boolean recovering;

  /** SND.MAX when the loss was noticed (RFC 6582 section 3.2). */
  private int recover;

  /** During recovery, what was missing before this was sent again (RFC 6675's HighRxt). */
  private int highRxt;

  /** Duplicate acknowledgments in a row (RFC 5681 section 2). */
  private int duplicates;

  /** The first segment that isn't acknowledged shall be sent again. */
  private boolean repair;

  LossRecovery(SendSequence send) {
    this.send = send;
  }

  void reset() {
    scoreboard = Scoreboard.NONE;
    cwnd = UNLIMITED;
    recovering = repair = false;
    recover = highRxt = duplicates = 0;
  }

  /** Nothing was lost so far of what is sent from this number on. */
  void begin(int sequence) {
    recover = sequence;
  }

  /** The connection is established, over a link that can lose frames. */
  void beginSlowly(boolean handshakeRepeated) {
    int first = Math.min(INITIAL_SEGMENTS * send.mss(), Math.max(2 * send.mss(), INITIAL_BYTES));
    // RFC 5681 section 3.1: a repeated handshake may have been one that was lost.
    cwnd = handshakeRepeated ? send.mss() : first;
  }

  /** The congestion window, bytes; empty while the guest's window alone counts. */
  OptionalLong congestionWindow() {
    return cwnd == UNLIMITED ? OptionalLong.empty() : OptionalLong.of(cwnd);
  }

  /** Bytes that may be sent now. */
  int sendable() {
    int window = send.usableWindow();
    return cwnd == UNLIMITED ? window : Math.min(window, room());
  }

  /** Bytes that the path has room for: whole segments, or none. */
  private int room() {
    int pipe = pipe();
    int room = cwnd - pipe;
    if (pipe <= 0) {
      return Math.max(room, send.mss());
    }
    return room < send.mss() ? 0 : room - room % send.mss();
  }

  /** Bytes on their way to the guest, as far as can be told (RFC 6675 section 4, SetPipe). */
  private int pipe() {
    if (scoreboard.isEmpty()) {
      return send.inFlight();
    }
    int missing = scoreboard.missing(send.una(), send.nxt());
    if (!recovering) {
      // After a time-out: all up to there was sent anew, and none of that is known to be lost.
      return missing;
    }
    int lost = scoreboard.lostBefore(send.una(), send.mss());
    int pipe = missing - scoreboard.missing(send.una(), lost);
    if (SequenceNumber.after(highRxt, send.una())) {
      int again = SequenceNumber.before(highRxt, lost) ? highRxt : lost;
      pipe += scoreboard.missing(send.una(), again);
    }
    return pipe;
  }

  /** Whether the guest's selective acknowledgments say that something was lost since the last. */
  boolean isLossFound() {
    return !scoreboard.isEmpty()
        && !recovering
        && !SequenceNumber.before(send.una(), recover)
        && scoreboard.lostBefore(send.una(), send.mss()) != send.una();
  }

  /** Whether the first segment that isn't acknowledged is to be sent again; asked once. */
  boolean takeRepair() {
    boolean due = repair;
    repair = false;
    return due;
  }

  /** Whether the guest's selective acknowledgments say what is to be sent again. */
  boolean isSelective() {
    return recovering && !scoreboard.isEmpty();
  }

  /** What the guest has beyond the first gap. */
  Scoreboard scoreboard() {
    return scoreboard;
  }

  void setScoreboard(Scoreboard other) {
    scoreboard = other;
  }

  /** The first number that was lost and not sent again yet, if any is. */
  int firstLost() {
    return scoreboard.firstMissing(isFirst() ? send.una() : highRxt);
  }

  /** Bytes to be sent again from {@link #firstLost} on, as far as the path has room. */
  int lostBytes(int first) {
    int lost = scoreboard.lostBefore(send.una(), send.mss());
    if (!SequenceNumber.before(first, lost)) {
      return 0;
    }
    int room = isFirst() ? Math.max(send.mss(), room()) : room();
    return Math.min(scoreboard.endOfGap(first, lost) - first, room);
  }

  /** Nothing was sent again yet in this recovery. */
  private boolean isFirst() {
    return !SequenceNumber.after(highRxt, send.una());
  }

  /** What was lost before this number was sent again. */
  void sentAgain(int end) {
    highRxt = end;
  }

  /** A loss was found: recovery lasts until all that is in flight now is acknowledged. */
  void enter() {
    recovering = true;
    recover = send.max();
    highRxt = send.una();
    if (!scoreboard.isEmpty()) {
      // One segment is sent again whatever is in flight.
      cwnd = Math.max(send.mss(), pipe()) + send.mss();
    }
  }

  /**
   * Another acknowledgment of what is acknowledged already: the third means that a segment was lost
   * (RFC 5681 section 3.2).
   *
   * @param sack the guest says what it has; then that decides what is sent again
   */
  void duplicate(boolean sack) {
    boolean enough = ++duplicates == DUPLICATES_FOR_RETRANSMIT;
    if (enough && !recovering && !SequenceNumber.before(send.una(), recover)) {
      enter();
      repair = !sack;
    }
  }

  /** The guest has acknowledged so many bytes more. */
  void acknowledged(int bytes, boolean sack) {
    duplicates = 0;
    repair = false;
    if (recovering) {
      if (SequenceNumber.before(send.una(), recover)) {
        // RFC 6582 section 3.2: what was sent behind the lost segment is missing as well.
        repair = !sack;
        return;
      }
      recovering = false;
    } else if (SequenceNumber.after(send.una(), recover)) {
      // Kept near: half of all numbers count as coming before it.
      recover = send.una();
    }
    if (cwnd != UNLIMITED) {
      cwnd = cwnd + bytes >= send.window() ? UNLIMITED : cwnd + bytes;
    }
  }

  /**
   * What is in flight is sent again, as segments were too long for the path. That is no sign of
   * congestion (RFC 1191 section 6.4).
   */
  void onTooLong() {
    recovering = false;
    recover = send.max();
  }

  /** Nothing was heard of for long: what is in flight counts as lost. */
  void onTimeout() {
    recovering = false;
    recover = send.max();
    cwnd = send.mss();
  }
}
