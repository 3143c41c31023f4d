package org.jpasst.proto.tcp;

import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.proto.icmp.GuestError;
import org.jpasst.proto.icmp.GuestError.Meaning;
import org.jpasst.proto.tcp.TcpConnection.Phase;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.TcpHeader;

/**
 * What a guest says by ICMP about segments of ours: that its firewall rejects a connection, instead
 * of a RST, without which the peer would wait until the SYN is given up; or that segments don't fit
 * onto the path behind it.
 *
 * <p>RFC 9293 section 3.9.2.2: hard errors should end an attempt (SHLD-26), others must not
 * (MUST-56). Connections that are established are never ended so (RFC 5461). What doesn't quote
 * what is in flight was made up (RFC 5927 section 4.1).
 */
final class TcpGuestErrors {
  private final FlowTable flows;
  private final TcpConnections connections;
  private final Acknowledgments acknowledgments;
  private final TcpToGuest toGuest;
  private final TcpTimers timers;
  private final ClosedPorts closedPorts;
  private final Counters counters;

  TcpGuestErrors(
      FlowTable flows,
      TcpConnections connections,
      Acknowledgments acknowledgments,
      TcpToGuest toGuest,
      TcpTimers timers,
      ClosedPorts closedPorts,
      Counters counters) {
    this.flows = flows;
    this.connections = connections;
    this.acknowledgments = acknowledgments;
    this.toGuest = toGuest;
    this.timers = timers;
    this.closedPorts = closedPorts;
    this.counters = counters;
  }

  /**
   * Takes an error.
   *
   * @return the connection that has something to be sent again, or null
   */
  TcpConnection take(GuestError error, long now) {
    int index = flows.lookup(FlowType.TCP, error.side());
    TcpConnection c = index == FlowTable.NONE ? null : connections.at(index);
    if (c == null
        && error.meaning() == Meaning.REFUSED
        && closedPorts.takeError(error.side(), error.sequence(), now)) {
      counters.increment(Counter.ICMP_REFUSED);
      return null;
    }
    if (c == null || !c.send.isInFlight(error.sequence())) {
      counters.increment(Counter.DROP_ICMP_QUOTE);
      return null;
    }
    if (error.meaning() == Meaning.REFUSED && c.phase == Phase.SYN_SENT) {
      counters.increment(Counter.ICMP_REFUSED);
      closedPorts.onRefused(c, now);
      connections.abortPeer(c);
      return null;
    }
    if (error.meaning() == Meaning.TOO_BIG && c.established() && shorten(c, error)) {
      counters.increment(Counter.ICMP_TOO_BIG);
      acknowledgments.forget(c); // what had arrived of it is sent again with the rest
      c.recovery.onTooLong();
      toGuest.goBack(c);
      timers.restart(c, now);
      return c;
    }
    counters.increment(Counter.ICMP_SOFT);
    return null;
  }

  /**
   * Makes the connection's segments shorter (RFC 1191 section 3, RFC 8201 section 4). They don't
   * get longer again in its life, as RFC 1191 section 6.3 allows.
   *
   * @return false if they aren't longer than that
   */
  private static boolean shorten(TcpConnection c, GuestError error) {
    int headers = error.ipLength() + TcpHeader.LENGTH + TcpOutput.optionsLength(c);
    int mss = error.mtu(headers + c.send.mss()) - headers;
    boolean shorter = mss < c.send.mss();
    if (shorter) {
      c.send.limitSegments(mss);
    }
    return shorter;
  }
}
