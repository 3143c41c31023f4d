package org.jpasst.flow;

import java.util.Locale;

/** Where a flow is in its life, for people and programs that look at the table. */
public enum FlowState {
  /** TCP: the host's socket is connecting. */
  CONNECTING,
  /** TCP: the host's socket is connected, the handshake with the guest isn't over. */
  HANDSHAKE,
  /** TCP: both ways are open. */
  ESTABLISHED,
  /** TCP: the guest has closed its side. */
  GUEST_CLOSED,
  /** TCP: the peer has closed its side. */
  PEER_CLOSED,
  /** TCP: both sides have closed, what they sent is on its way. */
  CLOSING,
  /** TCP: stands still to be moved to another host. */
  PAUSED,
  /** UDP and echo: only one side has sent something. */
  UNANSWERED,
  /** UDP and echo: both have. */
  ANSWERED;

  /** The stable name: {@code guest-closed}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
