package org.jpasst.router;

import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.Frame;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.Ipv6Extensions;

/** Checks the guest's IPv6 packets (RFC 8200), skips extension headers, and hands them on. */
final class Ipv6Input {
  private final GuestAddresses guest;
  private final PacketInput next;
  private final Counters counters;
  private final Log log;
  private final Packet packet = new Packet();

  Ipv6Input(GuestAddresses guest, PacketInput next, Counters counters, Log log) {
    this.guest = guest;
    this.next = next;
    this.counters = counters;
    this.log = log;
  }

  void onFrame(Frame frame, long now) {
    if (!guest.hasIpv6()) {
      counters.increment(Counter.DROP_FAMILY_DISABLED);
    } else if (!packet.readIpv6(frame)) {
      counters.increment(Counter.DROP_IP_HEADER);
    } else {
      switch (packet.skipExtensions()) {
        case Ipv6Extensions.FRAGMENT -> {
          counters.increment(Counter.DROP_FRAGMENT);
          log.limited(
              LogLevel.WARNING, "fragment", "dropped fragments: reassembly isn't supported");
        }
        case Ipv6Extensions.NONE -> counters.increment(Counter.DROP_PROTOCOL);
        case Ipv6Extensions.MALFORMED -> counters.increment(Counter.DROP_IP_HEADER);
        default -> onWhole(now);
      }
    }
  }

  private void onWhole(long now) {
    if (isMartian()) {
      counters.increment(Counter.DROP_MARTIAN);
    } else {
      next.onPacket(packet, now);
    }
  }

  /**
   * RFC 4291 sections 2.5.3, 2.5.5.2 and 2.7: neither loopback nor mapped addresses go over a link,
   * and no source is a group.
   */
  private boolean isMartian() {
    return isOfOneNode(packet.sourceHi(), packet.sourceLo())
        || isOfOneNode(packet.destinationHi(), packet.destinationLo())
        || IpAddress.isMulticast(packet.sourceHi(), packet.sourceLo());
  }

  private static boolean isOfOneNode(long hi, long lo) {
    return IpAddress.isLoopback(hi, lo) || IpAddress.isIpv4(hi, lo);
  }
}
