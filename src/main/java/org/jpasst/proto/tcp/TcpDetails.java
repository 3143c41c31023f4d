package org.jpasst.proto.tcp;

import java.util.OptionalLong;

/**
 * How a connection fares on each of its sides, for who looks at it.
 *
 * @param host the host's socket and its peer, as the kernel tells (TCP_INFO, tcp(7))
 * @param guest we and the guest
 */
public record TcpDetails(Side host, Side guest) {
  /**
   * One side.
   *
   * @param roundTrip smoothed round-trip time, nanoseconds; 0 before anything was measured
   * @param congestionWindow bytes; empty where nothing but the receiver's window limits it
   * @param retransmissions segments sent again; on the guest's side, how often something was
   * @param sendQueue bytes that the other end has to acknowledge yet
   * @param receiveQueue bytes from the other end that haven't been passed on; on the host's side
   *     they stay there until the guest has acknowledged them
   */
  public record Side(
      long roundTrip,
      OptionalLong congestionWindow,
      long retransmissions,
      long sendQueue,
      long receiveQueue) {}
}
