package org.jpasst.migrate;

import org.jpasst.flow.FlowTable;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.late.LateFrames;
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
 * @param late frames that come for it after its state
 * @param arrival is told that the guest has come from another host
 * @param bridged nothing of it is translated: it has no flows here
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
    LateFrames late,
    Runnable arrival,
    boolean bridged) {
  /** That of a guest whose frames go elsewhere as they are. */
  public GuestState ofBridged(LateFrames late) {
    return new GuestState(
        link, addresses, flows, tcp, listeners, udp, ping, cache, late, arrival, true);
  }
}
