package org.jpasst.router;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jpasst.guest.FrameSink;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.proto.arp.ArpResponder;
import org.jpasst.proto.dhcp.DhcpResponder;
import org.jpasst.proto.dhcp6.Dhcpv6Responder;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * What answers the guest itself, each where it is switched on: a frame in, at most one frame out.
 */
public final class Services {
  private final Counters counters;
  private Responders responders;

  /** Starts with these responders. */
  public Services(Responders responders, Counters counters) {
    this.responders = responders;
    this.counters = counters;
  }

  /**
   * Other responders from now on, since the host's network has changed. The guest is told at once
   * what can be told unasked, by router advertisements.
   */
  public void replace(Responders next, FrameSink sink) {
    Optional<NdpResponder> former = responders.ndp();
    Optional<DhcpResponder> formerDhcp = responders.dhcp();
    responders = next;
    if (formerDhcp.isPresent() && next.dhcp().isPresent()) {
      next.dhcp().get().succeed(formerDhcp.get());
    }
    if (former.isPresent() && next.ndp().isPresent() && sink.hasRoom()) {
      long at = sink.lendReply(NdpResponder.MAX_REPLY);
      if (at != FrameSink.NO_ROOM) {
        send(sink, former.get().retire(next.ndp().get(), sink.memory(), at));
      }
    }
    advertiseRouter(sink);
  }

  /**
   * Asks a guest that has just connected for its Ethernet address, by ARP and NDP.
   *
   * @param guestMac the address known so far
   */
  void greet(FrameSink sink, long guestMac) {
    if (responders.arp().isPresent()) {
      long at = sink.lendReply(ArpResponder.MAX_REPLY);
      if (at != FrameSink.NO_ROOM) {
        send(sink, responders.arp().get().request(sink.memory(), at));
      }
    }
    if (responders.ndp().isPresent()) {
      long at = sink.lendReply(NdpResponder.MAX_REPLY);
      if (at != FrameSink.NO_ROOM) {
        send(sink, responders.ndp().get().solicit(sink.memory(), at, guestMac));
      }
    }
  }

  /** Sends the unsolicited router advertisement, if there is to be one. */
  public void advertiseRouter(FrameSink sink) {
    if (responders.ndp().isPresent() && sink.hasRoom()) {
      long at = sink.lendReply(NdpResponder.MAX_REPLY);
      if (at != FrameSink.NO_ROOM) {
        send(sink, responders.ndp().get().advertiseRouter(sink.memory(), at));
      }
    }
  }

  /** Tells the guest that a neighbour of the host is at an Ethernet address of its own. */
  public void announce(FrameSink sink, long hi, long lo, long mac) {
    boolean ipv4 = IpAddress.isIpv4(hi, lo);
    if (!sink.hasRoom()) {
      return;
    }
    if (ipv4 && responders.arp().isPresent()) {
      long at = sink.lendReply(ArpResponder.MAX_REPLY);
      if (at != FrameSink.NO_ROOM) {
        send(sink, responders.arp().get().announce(sink.memory(), at, (int) lo, mac));
      }
    } else if (!ipv4 && responders.ndp().isPresent()) {
      long at = sink.lendReply(NdpResponder.MAX_REPLY);
      if (at != FrameSink.NO_ROOM) {
        send(sink, responders.ndp().get().announce(sink.memory(), at, hi, lo, mac));
      }
    }
  }

  void onArp(MemorySegment s, long at, int length, FrameSink sink) {
    if (responders.arp().isEmpty()) {
      counters.increment(Counter.DROP_FAMILY_DISABLED);
      return;
    }
    long out = sink.lendReply(ArpResponder.MAX_REPLY);
    if (out != FrameSink.NO_ROOM) {
      send(sink, responders.arp().get().respond(s, at, length, sink.memory(), out));
    }
  }

  void onNdp(Packet packet, FrameSink sink) {
    if (responders.ndp().isEmpty()) {
      counters.increment(Counter.DROP_NDP);
      return;
    }
    long out = sink.lendReply(NdpResponder.MAX_REPLY);
    if (out != FrameSink.NO_ROOM) {
      send(sink, responders.ndp().get().respond(packet, sink.memory(), out));
    }
  }

  /**
   * Whether a datagram to DHCP's port of a single node is for our server; what isn't is between the
   * guest and others.
   */
  boolean isForDhcp(Packet packet) {
    return responders.dhcp().isPresent() && responders.dhcp().get().isFor(packet);
  }

  /** The same for DHCPv6. */
  boolean isForDhcpv6(Packet packet) {
    return responders.dhcpv6().isPresent() && responders.dhcpv6().get().isFor(packet);
  }

  void onDhcp(Packet packet, FrameSink sink) {
    if (responders.dhcp().isEmpty()) {
      counters.increment(Counter.DROP_DHCP);
      return;
    }
    long out = sink.lendReply(DhcpResponder.MAX_REPLY);
    if (out != FrameSink.NO_ROOM) {
      send(sink, responders.dhcp().get().respond(packet, sink.memory(), out));
    }
  }

  void onDhcpv6(Packet packet, FrameSink sink) {
    if (responders.dhcpv6().isEmpty()) {
      counters.increment(Counter.DROP_DHCP6);
      return;
    }
    long out = sink.lendReply(Dhcpv6Responder.MAX_REPLY);
    if (out != FrameSink.NO_ROOM) {
      send(sink, responders.dhcpv6().get().respond(packet, sink.memory(), out));
    }
  }

  private static void send(FrameSink sink, int length) {
    if (length > 0) {
      sink.publish(length);
    } else {
      sink.giveBack();
    }
  }
}
