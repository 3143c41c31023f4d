package org.jpasst.migrate.stream;

import java.util.Set;

/** What has happened to a connection; the ordinal is the bit in {@link GuestTcpRecord#events}. */
public enum FlowEvent {
  /** A peer's connection was accepted. Cleared once established. */
  SOCK_ACCEPTED,
  /** The guest's SYN came. Cleared once established. */
  TAP_SYN_RCVD,
  /** The handshake with the guest is over: so it is for every flow of a stream. */
  ESTABLISHED,
  /** The peer has closed its side. */
  SOCK_FIN_RCVD,
  /** The socket's sending side was shut down. */
  SOCK_FIN_SENT,
  /** The guest has closed its side. */
  TAP_FIN_RCVD,
  /** A FIN was sent to the guest. */
  TAP_FIN_SENT,
  /** The guest has acknowledged it. */
  TAP_FIN_ACKED;

  /** The bit of this event. */
  public int bit() {
    return Bits.of(this);
  }

  /** Those whose bits are set. */
  public static Set<FlowEvent> of(int bits) {
    return Bits.set(FlowEvent.class, bits);
  }
}
