package org.jpasst.proto.icmp;

import java.util.List;
import org.jpasst.flow.SideTuple;
import org.jpasst.proto.socket.KeptDatagram;

/**
 * The echo requests of one identifier to one destination at a moment, as another host can go on
 * with them. Ports are identifiers.
 *
 * @param guest the side on the guest's link
 * @param host the side of the socket
 * @param idleMillis how long ago the last request was
 * @param lastSequence that request's sequence number
 * @param waiting replies that the guest hasn't been given yet, from their ICMP header on
 */
public record PingSnapshot(
    SideTuple guest,
    SideTuple host,
    long idleMillis,
    int lastSequence,
    List<KeptDatagram> waiting) {
  /** Copies the list. */
  public PingSnapshot {
    waiting = List.copyOf(waiting);
  }
}
