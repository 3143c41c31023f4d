package org.jpasst.migrate;

import java.util.Optional;
import org.jpasst.flow.FlowTable;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.proto.icmp.PingMigration;
import org.jpasst.proto.tcp.TcpListeners;
import org.jpasst.proto.tcp.TcpMigration;
import org.jpasst.proto.udp.UdpMigration;

/**
 * All that belongs to a guest and moves with it.
 *
 * @param link the guest's
 * @param addresses who it is
 * @param flows its flows, of all kinds
 * @param tcp its connections
 * @param listeners TCP ports that are forwarded to it
 * @param udp its UDP flows
 * @param ping its echo requests
 * @param cache frames that it hasn't been given yet
 * @param arrival is told that the guest has come from another host
 * @param asBridged what there is besides if it is bridged: then nothing of it is translated, and it
 *     has no flows here
 */
public record GuestState(
    GuestLink link,
    GuestAddresses addresses,
    FlowTable flows,
    TcpMigration tcp,
    TcpListeners listeners,
    UdpMigration udp,
    PingMigration ping,
    PacketCache cache,
    Runnable arrival,
    Optional<BridgedGuest> asBridged) {
  /** Whether its frames go elsewhere as they are. */
  public boolean bridged() {
    return asBridged.isPresent();
  }

  /**
   * That of a guest whose frames go elsewhere as they are.
   *
   * @param its what there is besides
   * @param arrived is told that the guest has come from another host
   */
  public GuestState ofBridged(BridgedGuest its, Runnable arrived) {
    return new GuestState(
        link, addresses, flows, tcp, listeners, udp, ping, cache, arrived, Optional.of(its));
  }
}
