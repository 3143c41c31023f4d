package org.jpasst.proto.udp;

import java.util.List;
import org.jpasst.flow.SideTuple;
import org.jpasst.proto.socket.KeptDatagram;

/**
 * A UDP flow at a moment, as another host can go on with it.
 *
 * @param fromGuest whether the guest opened it
 * @param connected false where answers may come from anyone: the guest has sent to a multicast or
 *     broadcast address
 * @param guest the side on the guest's link
 * @param host the side of the socket
 * @param idleMillis how long nothing has happened
 * @param datagramsFromGuest how many the guest has sent
 * @param datagramsToGuest how many it was sent
 * @param waiting what it hasn't been given yet, in order
 */
public record UdpSnapshot(
    boolean fromGuest,
    boolean connected,
    SideTuple guest,
    SideTuple host,
    long idleMillis,
    long datagramsFromGuest,
    long datagramsToGuest,
    List<KeptDatagram> waiting) {
  /** Copies the list. */
  public UdpSnapshot {
    waiting = List.copyOf(waiting);
  }
}
