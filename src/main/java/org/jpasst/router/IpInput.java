package org.jpasst.router;

import java.lang.foreign.MemorySegment;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.Frame;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Extensions;
import org.jpasst.wire.Ipv6FragmentHeader;

/**
 * Checks the headers of the guest's IPv4 packets (RFC 791, RFC 1122 section 3.2.1) and IPv6 packets
 * (RFC 8200), and hands on what is good.
 */
final class IpInput {
  private final GuestAddresses guest;
  private final PacketInput next;
  private final FragmentInput fragments;
  private final Counters counters;
  private final Packet packet = new Packet();

  IpInput(GuestAddresses guest, PacketInput next, FragmentInput fragments, Counters counters) {
    this.guest = guest;
    this.next = next;
    this.fragments = fragments;
    this.counters = counters;
  }

  /** A frame whose type is IPv4. */
  void onIpv4(Frame frame, long now) {
    MemorySegment s = frame.memory();
    long ip = frame.at() + EthernetHeader.LENGTH;
    if (!guest.hasIpv4()) {
      counters.increment(Counter.DROP_FAMILY_DISABLED);
    } else if (!packet.readIpv4(frame)) {
      counters.increment(Counter.DROP_IP_HEADER);
    } else if (!Ipv4Header.checksumVerifies(s, ip, (int) (packet.at() - ip))) {
      counters.increment(Counter.DROP_IP_CHECKSUM);
    } else if (isMartian4()) {
      counters.increment(Counter.DROP_MARTIAN);
    } else if (!Ipv4Header.isFragment(s, ip)) {
      next.onPacket(packet, now);
    } else if (fragments.onIpv4(packet, now) && packet.readIpv4(fragments.whole())) {
      packet.setFragmented();
      next.onPacket(packet, now);
    }
  }

  /** A frame whose type is IPv6. */
  void onIpv6(Frame frame, long now) {
    if (!guest.hasIpv6()) {
      counters.increment(Counter.DROP_FAMILY_DISABLED);
      return;
    }
    if (!packet.readIpv6(frame)) {
      counters.increment(Counter.DROP_IP_HEADER);
      return;
    }
    if (!skipExtensions()) {
      return;
    }
    if (isMartian6()) {
      counters.increment(Counter.DROP_MARTIAN);
    } else if (packet.protocol() != Ipv6FragmentHeader.NUMBER) {
      next.onPacket(packet, now);
    } else if (fragments.onIpv6(packet, now)) {
      onWhole6(now);
    }
  }

  /** What was cut up wasn't a fragment itself. */
  private void onWhole6(long now) {
    if (packet.readIpv6(fragments.whole()) && skipExtensions()) {
      if (packet.protocol() == Ipv6FragmentHeader.NUMBER) {
        counters.increment(Counter.DROP_IP_HEADER);
      } else {
        packet.setFragmented();
        next.onPacket(packet, now);
      }
    }
  }

  private boolean skipExtensions() {
    int code = packet.skipExtensions();
    if (code < 0) {
      boolean none = code == Ipv6Extensions.NONE;
      counters.increment(none ? Counter.DROP_PROTOCOL : Counter.DROP_IP_HEADER);
    }
    return code == 0;
  }

  /** What lies in memory of ours is used up. */
  void onBatchEnd() {
    fragments.onBatchEnd();
  }

  /** To be called once a second. */
  void onTick(long now) {
    fragments.onTick(now);
  }

  /** The guest is gone. */
  void onDisconnected() {
    fragments.clear();
  }

  /**
   * RFC 1122 section 3.2.1.3: loopback addresses must not appear outside a host, and no source is a
   * group or a broadcast.
   */
  private boolean isMartian4() {
    long source = packet.sourceLo();
    return IpAddress.isLoopback(0, source)
        || IpAddress.isLoopback(0, packet.destinationLo())
        || IpAddress.isMulticast(0, source)
        || IpAddress.isLimitedBroadcast(0, source);
  }

  /**
   * RFC 4291 sections 2.5.3, 2.5.5.2 and 2.7: neither loopback nor mapped addresses go over a link,
   * and no source is a group.
   */
  private boolean isMartian6() {
    return isOfOneNode(packet.sourceHi(), packet.sourceLo())
        || isOfOneNode(packet.destinationHi(), packet.destinationLo())
        || IpAddress.isMulticast(packet.sourceHi(), packet.sourceLo());
  }

  private static boolean isOfOneNode(long hi, long lo) {
    return IpAddress.isLoopback(hi, lo) || IpAddress.isIpv4(hi, lo);
  }
}
