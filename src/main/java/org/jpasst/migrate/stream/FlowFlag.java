package org.jpasst.migrate.stream;

import java.util.Set;

/** passt's notes on a connection; the ordinal is the bit in {@link GuestTcpRecord#flags}. */
public enum FlowFlag {
  /** Data for the guest waits for its window. */
  STALLED,
  /** The peer is on the host itself. */
  LOCAL,
  /** The guest's side was closed first. */
  ACTIVE_CLOSE,
  /** An acknowledgment to the guest is due. */
  ACK_TO_TAP_DUE,
  /** An acknowledgment from the guest is due. */
  ACK_FROM_TAP_DUE,
  /** And until it comes nothing can be sent. */
  ACK_FROM_TAP_BLOCKS,
  /** The SYN had to be sent again. */
  SYN_RETRIED;

  /** The bit of this flag. */
  public int bit() {
    return Bits.of(this);
  }

  /** Those whose bits are set; bits unknown here are passed over. */
  public static Set<FlowFlag> of(int bits) {
    return Bits.set(FlowFlag.class, bits);
  }
}
