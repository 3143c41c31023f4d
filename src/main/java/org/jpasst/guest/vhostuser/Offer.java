package org.jpasst.guest.vhostuser;

/**
 * What a front-end is offered. A guest can move only between back-ends that offer the same: QEMU
 * refuses a target without a feature that the guest was started with.
 */
public enum Offer {
  /** All that there is. */
  ALL(Features.DEVICE, Features.PROTOCOL, Device.MAX_PAIRS),

  /** What passt offers, bit by bit; seen of passt of October 2026. */
  AS_PASST(
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

  private final long device;
  private final long protocol;
  private final int pairs;

  Offer(long device, long protocol, int pairs) {
    this.device = device;
    this.protocol = protocol;
    this.pairs = pairs;
  }

  /** The device's features, see {@link Features}. */
  long device() {
    return device;
  }

  /** The protocol's. */
  long protocol() {
    return protocol;
  }

  /** Queue pairs. */
  int pairs() {
    return pairs;
  }
}
