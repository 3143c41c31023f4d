package org.jpasst.proto.tcp;

import org.jpasst.config.ForwardRule;
import org.jpasst.loop.ListeningSocket;

/** A port of the host that is forwarded to the guest, and what is known of the guest's. */
final class TcpListener {
  final ListeningSocket socket;
  final int port;
  ForwardRule rule;

  /** Its number may be another one's. */
  boolean closed;

  /** When the guest was last asked whether it takes connections; see {@link ClosedPorts}. */
  long askedAt;

  /** How many of these questions it has yet to say no to. */
  int unanswered;

  /** Since when connections are refused, if they are. */
  long refusingSince;

  TcpListener(ListeningSocket socket, int port, ForwardRule rule, long now) {
    this.socket = socket;
    this.port = port;
    this.rule = rule;
    askedAt = now - ClosedPorts.SHORTEST;
  }

  /** Whether there may be somebody to accept. */
  boolean accepts() {
    return !closed && !socket.isRefusing();
  }
}
