package org.jpasst.guest.vhostuser;

import org.jpasst.guest.LinkCapabilities;

/**
 * What a front-end is offered. A guest can move only between back-ends that offer the same: QEMU
 * refuses a target without a feature that the guest was started with.
 *
 * @param device the device's features, as bits
 * @param protocol the protocol's
 * @param pairs queue pairs
 */
public record Offer(long device, long protocol, int pairs) {
  /** All that there is. */
  public static final Offer ALL = new Offer(Features.DEVICE, Features.PROTOCOL, Device.MAX_PAIRS);

  /** What passt offers, bit by bit; seen of passt of October 2026. */
  public static final Offer AS_PASST =
      new Offer(
          Features.GUEST_CSUM
              | Features.MRG_RXBUF
              | Features.LOG_ALL
              | Features.PROTOCOL_FEATURES
              | Features.VERSION_1,
          Features.PROTOCOL_LOG_SHMFD
              | Features.PROTOCOL_RARP
              | Features.PROTOCOL_REPLY_ACK
              | Features.PROTOCOL_DEVICE_STATE,
          1);

  /**
   * The same, but that the guest leaves nothing undone in its frames that nobody would do.
   *
   * @param takers what those do who take its frames
   */
  public Offer leavingTo(LinkCapabilities takers) {
    return new Offer(device & ~Features.notDone(takers), protocol, pairs);
  }
}
