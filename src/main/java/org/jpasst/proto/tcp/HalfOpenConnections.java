package org.jpasst.proto.tcp;

import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;

/**
 * Connections of peers that the guest hasn't answered yet, in the order they came. There is a limit
 * to them, so that peers leave flows and descriptors for connections that are open. At the limit
 * the oldest makes room for a newcomer, as in a table of half-open connections (RFC 4987 section
 * 3.4); but none does for a peer that has more than half of all.
 *
 * <p>An IPv6 peer is a network of 64 bits, in which it may have any address (RFC 4291 section
 * 2.5.4). Peers are counted by a keyed hash: that two have a place in common, nobody can arrange.
 */
final class HalfOpenConnections {
  /** A power of two. */
  private static final int PLACES = 1 << 12;

  private final FlowTable flows;
  private final int limit;
  private final int[] ofPeers = new int[PLACES];
  private int count;
  private TcpConnection oldest;
  private TcpConnection newest;

  HalfOpenConnections(FlowTable flows, int limit) {
    this.flows = flows;
    this.limit = limit;
  }

  /** Whether another one is one too many. */
  boolean isFull() {
    return count >= limit;
  }

  /** Whether a peer has more than its share of them. */
  boolean isGreedy(FlowSide host) {
    return ofPeers[place(host)] > limit / 2;
  }

  /** Who is to make room; there is one where {@link #isFull}. */
  TcpConnection oldest() {
    return oldest;
  }

  /** Takes in a new one. */
  void add(TcpConnection c) {
    c.halfOpen = true;
    c.older = newest;
    c.newer = null;
    if (newest == null) {
      oldest = c;
    } else {
      newest.newer = c;
    }
    newest = c;
    count++;
    ofPeers[place(c.flow.host())]++;
  }

  /** Lets one go, if it is one of these; its flow still has its sides. */
  void remove(TcpConnection c) {
    if (!c.halfOpen) {
      return;
    }
    c.halfOpen = false;
    count--;
    ofPeers[place(c.flow.host())]--;
    if (c.older == null) {
      oldest = c.newer;
    } else {
      c.older.newer = c.newer;
    }
    if (c.newer == null) {
      newest = c.older;
    } else {
      c.newer.older = c.older;
    }
    c.older = null;
    c.newer = null;
  }

  private int place(FlowSide host) {
    long lo = host.isIpv4() ? host.endpointLo() : 0;
    return flows.secretOf(host.endpointHi(), lo) & PLACES - 1;
  }
}
