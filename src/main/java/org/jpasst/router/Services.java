package org.jpasst.router;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jpasst.forward.StationQuestions;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.Packet;
import org.jpasst.proto.Responder;
import org.jpasst.proto.arp.ArpResponder;
import org.jpasst.proto.dhcp.DhcpResponder;
import org.jpasst.proto.dhcp6.Dhcpv6Responder;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;

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

  /** What the guest is told unasked. */
  @FunctionalInterface
  private interface Announcement {
    /** Writes the frame; returns its length, or 0 for none. */
    int write(MemorySegment out, long outAt);
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
      NdpResponder successor = next.ndp().get();
      tell(sink, NdpResponder.MAX_REPLY, (out, at) -> former.get().retire(successor, out, at));
    }
    advertiseRouter(sink);
  }

  /**
   * Asks a guest that has just connected for its Ethernet address, by ARP and NDP.
   *
   * @param guestMac the address known so far
   */
  void greet(FrameSink sink, long guestMac) {
    responders.arp().ifPresent(arp -> tell(sink, ArpResponder.MAX_REPLY, arp::request));
    responders
        .ndp()
        .ifPresent(
            ndp -> tell(sink, NdpResponder.MAX_REPLY, (out, at) -> ndp.solicit(out, at, guestMac)));
  }

  /** Sends the unsolicited router advertisement, if there is to be one. */
  public void advertiseRouter(FrameSink sink) {
    if (sink.hasRoom()) {
      responders.ndp().ifPresent(ndp -> tell(sink, NdpResponder.MAX_REPLY, ndp::advertiseRouter));
    }
  }

  /** Tells the guest that a neighbour of the host is at an Ethernet address of its own. */
  public void announce(FrameSink sink, long hi, long lo, long mac) {
    boolean ipv4 = IpAddress.isIpv4(hi, lo);
    if (!sink.hasRoom()) {
      return;
    }
    if (ipv4 && responders.arp().isPresent()) {
      ArpResponder arp = responders.arp().get();
      tell(sink, ArpResponder.MAX_REPLY, (out, at) -> arp.announce(out, at, (int) lo, mac));
    } else if (!ipv4 && responders.ndp().isPresent()) {
      NdpResponder ndp = responders.ndp().get();
      tell(sink, NdpResponder.MAX_REPLY, (out, at) -> ndp.announce(out, at, hi, lo, mac));
    }
  }

  /** Asks the guest's network for the stations of addresses, as long as there is room. */
  public void ask(StationQuestions questions, FrameSink sink) {
    while (questions.areThere() && sink.hasRoom()) {
      long hi = questions.hi();
      long lo = questions.lo();
      long mac = questions.mac() < 0 ? EthernetHeader.BROADCAST : questions.mac();
      if (IpAddress.isIpv4(hi, lo)) {
        responders
            .arp()
            .ifPresent(
                arp ->
                    tell(
                        sink,
                        ArpResponder.MAX_REPLY,
                        (out, at) -> arp.ask(out, at, (int) lo, mac)));
      } else {
        responders
            .ndp()
            .ifPresent(
                ndp ->
                    tell(sink, NdpResponder.MAX_REPLY, (out, at) -> ndp.ask(out, at, hi, lo, mac)));
      }
      questions.next();
    }
    sink.flush();
  }

  private static void tell(FrameSink sink, int room, Announcement announcement) {
    LentFrame frame = sink.lendReply(room);
    if (!frame.isNone()) {
      send(sink, frame, announcement.write(frame.memory(), frame.at()));
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
    answer(responders.ndp(), NdpResponder.MAX_REPLY, Counter.DROP_NDP, packet, sink);
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
    answer(responders.dhcp(), DhcpResponder.MAX_REPLY, Counter.DROP_DHCP, packet, sink);
  }

  void onDhcpv6(Packet packet, FrameSink sink) {
    answer(responders.dhcpv6(), Dhcpv6Responder.MAX_REPLY, Counter.DROP_DHCP6, packet, sink);
  }

  /** Has a packet answered; where there is nobody for that, it is dropped for this reason. */
  private void answer(
      Optional<? extends Responder> responder,
      int room,
      Counter dropped,
      Packet packet,
      FrameSink sink) {
    if (responder.isEmpty()) {
      counters.increment(dropped);
      return;
    }
    LentFrame reply = sink.lendReply(room);
    if (!reply.isNone()) {
      send(sink, reply, responder.get().respond(packet, reply.memory(), reply.at()));
    }
  }

  private static void send(FrameSink sink, LentFrame frame, int length) {
    if (length > 0) {
      sink.publish(frame, length);
    } else {
      sink.giveBack();
    }
  }
}
