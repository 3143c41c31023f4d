package org.jpasst.proto;

/**
 * Takes packets of the guest that are of one protocol. Packets come in batches; the memory that
 * they lie in stays until the batch ends, the {@link Packet} itself only until the call returns.
 */
@FunctionalInterface
public interface PacketHandler {
  /**
   * A packet whose IP header was found valid. What is wrong with the rest is counted, and the
   * packet dropped.
   *
   * @param packet shows another packet after this call
   * @param now the turn's time
   */
  void onPacket(Packet packet, long now);

  /** All packets of the batch were handed over: what was gathered of them is done now. */
  default void onBatchEnd(long now) {}
}
