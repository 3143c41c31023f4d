package org.jpasst.router;

import java.lang.foreign.MemorySegment;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.Frame;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.Ipv4Header;

/** Checks the guest's IPv4 packets (RFC 791, RFC 1122 section 3.2.1) and hands them on. */
final class Ipv4Input {
  private final GuestAddresses guest;
  private final PacketInput next;
  private final Counters counters;
  private final Log log;
  private final Packet packet = new Packet();

  Ipv4Input(GuestAddresses guest, PacketInput next, Counters counters, Log log) {
    this.guest = guest;
    this.next = next;
    this.counters = counters;
    this.log = log;
  }

  void onFrame(Frame frame, long now) {
    MemorySegment s = frame.memory();
    long ip = frame.at() + EthernetHeader.LENGTH;
    if (!guest.hasIpv4()) {
      counters.increment(Counter.DROP_FAMILY_DISABLED);
    } else if (!packet.readIpv4(frame)) {
      counters.increment(Counter.DROP_IP_HEADER);
    } else if (!Ipv4Header.checksumVerifies(s, ip, (int) (packet.at() - ip))) {
      counters.increment(Counter.DROP_IP_CHECKSUM);
    } else if (Ipv4Header.isFragment(s, ip)) {
      counters.increment(Counter.DROP_FRAGMENT);
      log.limited(LogLevel.WARNING, "fragment", "dropped fragments: reassembly isn't supported");
    } else if (isMartian()) {
      counters.increment(Counter.DROP_MARTIAN);
    } else {
      next.onPacket(packet, now);
    }
  }

  /**
   * RFC 1122 section 3.2.1.3: loopback addresses must not appear outside a host, and no source is a
   * group or a broadcast.
   */
  private boolean isMartian() {
    long source = packet.sourceLo();
    return IpAddress.isLoopback(0, source)
        || IpAddress.isLoopback(0, packet.destinationLo())
        || IpAddress.isMulticast(0, source)
        || IpAddress.isLimitedBroadcast(0, source);
  }
}
