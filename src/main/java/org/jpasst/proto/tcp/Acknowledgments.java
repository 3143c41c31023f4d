package org.jpasst.proto.tcp;

import java.lang.foreign.MemorySegment;
import org.jpasst.stats.DurationHistogram;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;

/** What the guest's segments tell about ours: what has arrived, what was lost, and its window. */
final class Acknowledgments {
  /** Most scoreboards at a time; a connection that gets none goes without SACK for a while. */
  private static final int MAX_SCOREBOARDS = 1024;

  private final BoundedPool<Scoreboard> scoreboards =
      new BoundedPool<>(MAX_SCOREBOARDS, Scoreboard.NONE, Scoreboard::new);

  private final DurationHistogram roundTrips;

  /**
   * For all connections.
   *
   * @param roundTrips gets each round trip that is measured
   */
  Acknowledgments(DurationHistogram roundTrips) {
    this.roundTrips = roundTrips;
  }

  /**
   * The acknowledgment and the window of a segment.
   *
   * @return whether the rest of the segment may be looked at
   */
  boolean take(TcpConnection c, MemorySegment s, long at, int payload, boolean fin, long now) {
    int ack = TcpHeader.acknowledgment(s, at);
    int wnd = c.send.scaled(TcpHeader.window(s, at));
    if (!c.send.hasSent(ack)) {
      c.ackDue |= c.challenges.admit(now);
      return false;
    }
    boolean newlySacked = c.sack.arePermitted() && takeBlocks(c, s, at, now);
    if (SequenceNumber.after(ack, c.send.una())) {
      progress(c, ack, now);
    } else if (ack == c.send.una()
        && payload == 0
        && !fin
        && (newlySacked || wnd == c.send.window())
        && !c.send.isAllAcknowledged()
        && !c.send.isProbing() // an answer to a probe of a closed window tells of no loss
        && TcpHeader.sequence(s, at) == c.receive.nxt()) {
      c.recovery.duplicate(c.sack.arePermitted());
    }
    if (c.recovery.isLossFound()) {
      c.recovery.enter();
    }
    c.retries.answered();
    if (!SequenceNumber.before(ack, c.send.una())
        && c.send.updateWindow(TcpHeader.sequence(s, at), ack, wnd)) {
      c.interest.forgetIdle();
    }
    return true;
  }

  /** Forgets what was told of a connection. */
  void forget(TcpConnection c) {
    Scoreboard scoreboard = c.recovery.scoreboard();
    if (scoreboard != Scoreboard.NONE) {
      scoreboard.clear();
      scoreboards.giveBack(scoreboard);
      c.recovery.setScoreboard(Scoreboard.NONE);
    }
  }

  private void time(TcpConnection c, int end, long now) {
    long nanos = c.roundTrip.received(end, now);
    if (nanos != RoundTripTime.UNTIMED) {
      roundTrips.add(nanos);
    }
  }

  private void progress(TcpConnection c, int ack, long now) {
    int bytes = c.send.acknowledge(ack);
    c.interest.forgetIdle();
    c.retries.progress();
    time(c, ack, now);
    c.recovery.scoreboard().removeBefore(ack);
    if (c.recovery.scoreboard().isEmpty()) {
      forget(c);
    }
    c.recovery.acknowledged(bytes, c.sack.arePermitted());
  }

  /**
   * RFC 2018: what has arrived behind a gap.
   *
   * @return whether anything in it is news
   */
  private boolean takeBlocks(TcpConnection c, MemorySegment s, long at, long now) {
    int header = TcpHeader.headerLength(s, at);
    int usual = TcpHeader.LENGTH + TcpOutput.optionsLength(c);
    long option = header <= usual ? TcpOptions.ABSENT : TcpOptions.sackAt(s, at, header);
    if (option == TcpOptions.ABSENT) {
      return false;
    }
    boolean news = false;
    for (int i = 0; i < TcpOptions.sackBlocks(s, option); i++) {
      int start = TcpOptions.sackStart(s, option, i);
      int end = TcpOptions.sackEnd(s, option, i);
      // One before the acknowledgment reports a duplicate (RFC 2883): no harm was done.
      boolean inFlight =
          SequenceNumber.before(c.send.una(), start)
              && SequenceNumber.before(start, end)
              && !SequenceNumber.after(end, c.send.max());
      if (inFlight && !c.recovery.scoreboard().has(start, end)) {
        news |= arrived(c, start, end, now);
      }
    }
    return news;
  }

  private boolean arrived(TcpConnection c, int start, int end, long now) {
    if (c.recovery.scoreboard() == Scoreboard.NONE) {
      c.recovery.setScoreboard(scoreboards.take());
    }
    Scoreboard scoreboard = c.recovery.scoreboard();
    if (scoreboard == Scoreboard.NONE || !scoreboard.add(start, end)) {
      return false;
    }
    time(c, end, now);
    return true;
  }
}
