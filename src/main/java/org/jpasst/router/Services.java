package org.jpasst.router;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
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
      LentFrame reply = sink.lendReply(NdpResponder.MAX_REPLY);
      if (!reply.isNone()) {
        send(sink, reply, former.get().retire(next.ndp().get(), reply.memory(), reply.at()));
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
      LentFrame reply = sink.lendReply(ArpResponder.MAX_REPLY);
      if (!reply.isNone()) {
        send(sink, reply, responders.arp().get().request(reply.memory(), reply.at()));
      }
    }
    if (responders.ndp().isPresent()) {
      LentFrame reply = sink.lendReply(NdpResponder.MAX_REPLY);
      if (!reply.isNone()) {
        send(sink, reply, responders.ndp().get().solicit(reply.memory(), reply.at(), guestMac));
      }
    }
  }

  /** Sends the unsolicited router advertisement, if there is to be one. */
  public void advertiseRouter(FrameSink sink) {
    if (responders.ndp().isPresent() && sink.hasRoom()) {
      LentFrame reply = sink.lendReply(NdpResponder.MAX_REPLY);
      if (!reply.isNone()) {
        send(sink, reply, responders.ndp().get().advertiseRouter(reply.memory(), reply.at()));
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
      LentFrame reply = sink.lendReply(ArpResponder.MAX_REPLY);
      if (!reply.isNone()) {
        send(
            sink,
            reply,
            responders.arp().get().announce(reply.memory(), reply.at(), (int) lo, mac));
      }
    } else if (!ipv4 && responders.ndp().isPresent()) {
      LentFrame reply = sink.lendReply(NdpResponder.MAX_REPLY);
      if (!reply.isNone()) {
        send(sink, reply, responders.ndp().get().announce(reply.memory(), reply.at(), hi, lo, mac));
      }
    }
  }

  void onArp(MemorySegment s, long at, int length, FrameSink sink) {
    if (responders.arp().isEmpty()) {
      counters.increment(Counter.DROP_FAMILY_DISABLED);
      return;
    }
    LentFrame reply = sink.lendReply(ArpResponder.MAX_REPLY);
    if (!reply.isNone()) {
      send(sink, reply, responders.arp().get().respond(s, at, length, reply.memory(), reply.at()));
    }
  }

  void onNdp(Packet packet, FrameSink sink) {
    if (responders.ndp().isEmpty()) {
      counters.increment(Counter.DROP_NDP);
      return;
    }
    LentFrame reply = sink.lendReply(NdpResponder.MAX_REPLY);
    if (!reply.isNone()) {
      send(sink, reply, responders.ndp().get().respond(packet, reply.memory(), reply.at()));
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
    LentFrame reply = sink.lendReply(DhcpResponder.MAX_REPLY);
    if (!reply.isNone()) {
      send(sink, reply, responders.dhcp().get().respond(packet, reply.memory(), reply.at()));
    }
  }

  void onDhcpv6(Packet packet, FrameSink sink) {
    if (responders.dhcpv6().isEmpty()) {
      counters.increment(Counter.DROP_DHCP6);
      return;
    }
    LentFrame reply = sink.lendReply(Dhcpv6Responder.MAX_REPLY);
    if (!reply.isNone()) {
      send(sink, reply, responders.dhcpv6().get().respond(packet, reply.memory(), reply.at()));
    }
  }

  private static void send(FrameSink sink, LentFrame reply, int length) {
    if (length > 0) {
      sink.publish(reply, length);
    } else {
      sink.giveBack();
    }
  }
}
