package org.jpasst.router;

import java.lang.foreign.MemorySegment;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.net.MacAddress;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;

/**
 * Where the guest's frames come in: learns its Ethernet address, sorts by type, and at the end of a
 * batch lets the protocols do at once what they gathered.
 *
 * <p>The destination's Ethernet address doesn't matter: everything on the link is for us.
 */
public final class Router implements FrameReceiver {
  /** Limited: a guest may change its address with each frame. */
  private static final String NEW_MAC = "guest.mac";

  private final GuestAddresses guest;
  private final Services services;
  private final Ipv4Input ipv4;
  private final Ipv6Input ipv6;
  private final Protocols protocols;
  private final FrameSink sink;
  private final Counters counters;
  private final Log log;

  /**
   * A router between a link and the protocols.
   *
   * @param services what answers the guest itself
   * @param protocols what carries to the host
   * @param sink for answers
   */
  public Router(
      GuestAddresses guest,
      Services services,
      Protocols protocols,
      FrameSink sink,
      Counters counters,
      Log log) {
    this.guest = guest;
    this.services = services;
    this.protocols = protocols;
    this.sink = sink;
    this.counters = counters;
    this.log = log;
    ipv4 = new Ipv4Input(guest, services, protocols, sink, counters, log);
    ipv6 = new Ipv6Input(guest, services, protocols, sink, counters, log);
  }

  @Override
  public void onConnected(long now) {
    services.greet(sink, guest.mac());
    sink.flush();
  }

  @Override
  public void onDisconnected() {}

  @Override
  public void onFrame(MemorySegment memory, long at, int length, long now) {
    counters.increment(Counter.FRAMES_FROM_GUEST);
    if (guest.sawMac(EthernetHeader.source(memory, at)) && log.allows(LogLevel.INFO, NEW_MAC)) {
      log.limited(LogLevel.INFO, NEW_MAC, "new guest MAC address: " + new MacAddress(guest.mac()));
    }
    switch (EthernetHeader.type(memory, at)) {
      case EthernetHeader.TYPE_IPV4 -> ipv4.onPacket(memory, at, length, now);
      case EthernetHeader.TYPE_IPV6 -> ipv6.onPacket(memory, at, length, now);
      case EthernetHeader.TYPE_ARP -> services.onArp(memory, at, length, sink);
      default -> counters.increment(Counter.DROP_ETHERTYPE);
    }
  }

  @Override
  public void onBatchEnd(long now) {
    protocols.onBatchEnd(now);
    sink.flush();
  }
}
