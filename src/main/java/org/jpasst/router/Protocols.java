package org.jpasst.router;

import org.jpasst.proto.icmp.Ping;
import org.jpasst.proto.tcp.Tcp;
import org.jpasst.proto.udp.Udp;

/**
 * What carries the guest's packets to the host.
 *
 * @param tcp connections
 * @param udp datagrams
 * @param ping echo requests
 * @param tcpEnabled whether TCP is switched on
 * @param udpEnabled whether UDP is switched on
 * @param icmpEnabled whether echo is switched on
 */
public record Protocols(
    Tcp tcp, Udp udp, Ping ping, boolean tcpEnabled, boolean udpEnabled, boolean icmpEnabled) {

  /** Each does what it gathered in the batch. */
  void onBatchEnd(long now) {
    try {
      tcp.onBatchEnd(now);
    } finally {
      udp.onBatchEnd(now);
    }
  }
}
