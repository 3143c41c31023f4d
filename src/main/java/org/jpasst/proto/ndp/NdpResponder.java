package org.jpasst.proto.ndp;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.net.AddressSet;
import org.jpasst.net.AddressTest;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.Packet;
import org.jpasst.proto.Responder;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpFrame;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NeighborMessage;
import org.jpasst.wire.NetworkOrder;

/**
 * Answers the guest's neighbour and router solicitations (RFC 4861 sections 6.2.6 and 7.2.4). As
 * the guest's whole network is behind us, every address is answered for, except its own and those
 * of other stations there.
 *
 * <p>A solicitation from {@code ::}, by which the guest asks whether an address is free for itself
 * (RFC 4862 section 5.4), is answered only for addresses in use: ours, the mapped ones, and
 * neighbours of the host.
 *
 * <p>When unsolicited advertisements are due is the caller's business. Stateless; allocates
 * nothing.
 */
public final class NdpResponder implements Responder {
  /** Length of the longest frame written here: IPv6's least MTU, and the Ethernet header. */
  public static final int MAX_REPLY = EthernetHeader.LENGTH + 1280;

  /** Least and greatest time between unsolicited router advertisements, in seconds. */
  public static final int MIN_ADVERTISEMENT_INTERVAL = 200;

  /** See {@link #MIN_ADVERTISEMENT_INTERVAL}. */
  public static final int MAX_ADVERTISEMENT_INTERVAL = 600;

  private static final long ALL_NODES_HI = IpAddress.ALL_NODES6.hi();
  private static final long ALL_NODES_LO = IpAddress.ALL_NODES6.lo();
  private static final long SOLICITED_NODE_LO = 0x1_ff00_0000L;
  private static final long SOLICITED_NODE_PART = 0xff_ffffL;

  /** Of every advertisement: we are a router, and know better than anybody. */
  private static final int FLAGS = NeighborMessage.ROUTER | NeighborMessage.OVERRIDE;

  private final IpAddress assigned;
  private final IpAddress source;
  private final IpAddress gateway;
  private final long ourMac;
  private final boolean advertises;
  private final RouterAdvertisement advertisement;
  private final AddressTest ours;
  private final AddressTest guests;
  private final MacLookup macs;
  private final Counters counters;
  private final IpFrame frame = new IpFrame();

  /**
   * A responder for one run.
   *
   * @param settings those of the configuration's IPv6
   * @param macs whose Ethernet address stands for which address
   * @param guests whether an address is the guest's own, assigned or observed, or of another
   *     station behind its link, which answers for itself
   * @param withdrawn what advertisements take back
   */
  public NdpResponder(
      Configuration configuration,
      Ipv6Settings settings,
      Withdrawn withdrawn,
      MacLookup macs,
      AddressTest guests,
      Counters counters) {
    this.assigned = settings.assigned().orElse(IpAddress.ANY6);
    this.source = settings.ourLinkLocal();
    this.gateway = settings.gateway().orElse(source);
    this.ourMac = configuration.ourMac().bits();
    this.advertises = configuration.services().ra();
    this.advertisement =
        new RouterAdvertisement(
            settings, configuration.names(), configuration.mtu(), ourMac, withdrawn);
    this.ours = ours(settings);
    this.guests = guests;
    this.macs = macs;
    this.counters = counters;
  }

  private static AddressSet ours(Ipv6Settings settings) {
    List<IpAddress> addresses = new ArrayList<>(settings.translation().addresses());
    addresses.add(settings.ourLinkLocal());
    settings.gateway().ifPresent(addresses::add);
    return new AddressSet(addresses);
  }

  /**
   * Whether an ICMPv6 message of this type is neighbour discovery, and goes to {@link #respond}.
   */
  public static boolean handles(int type) {
    return type >= Icmpv6Header.ROUTER_SOLICITATION && type <= Icmpv6Header.REDIRECT;
  }

  /**
   * Answers one message. Checks everything that RFC 4861 sections 6.1.1 and 7.1.1 demand, the
   * checksum too.
   *
   * @param out takes the answer, up to {@link #MAX_REPLY} bytes
   * @param outAt offset of the answer's Ethernet header
   * @return the answer's length; 0 where there is none, counted as {@link Counter#DROP_NDP}
   */
  @Override
  public int respond(Packet packet, MemorySegment out, long outAt) {
    int length = 0;
    begin(out, outAt);
    if (acceptable(packet)) {
      length =
          switch (IcmpHeader.type(packet.memory(), packet.at())) {
            case Icmpv6Header.NEIGHBOR_SOLICITATION -> answerNeighbour(packet);
            case Icmpv6Header.ROUTER_SOLICITATION -> answerRouter(packet);
            default -> 0;
          };
    }
    if (length == 0) {
      counters.increment(Counter.DROP_NDP);
    }
    return length;
  }

  private static boolean acceptable(Packet packet) {
    return packet.length() >= Icmpv6Header.LENGTH
        && packet.hopLimit() == Ipv6Header.HOP_LIMIT
        && IcmpHeader.code(packet.memory(), packet.at()) == 0
        && packet.icmpChecksumVerifies();
  }

  private int answerNeighbour(Packet packet) {
    if (packet.length() < NeighborMessage.LENGTH) {
      return 0;
    }
    long askerHi = packet.sourceHi();
    long askerLo = packet.sourceLo();
    boolean probe = packet.isFromUnspecified();
    long hi = NeighborMessage.targetHi(packet.memory(), packet.at());
    long lo = NeighborMessage.targetLo(packet.memory(), packet.at());
    if (IpAddress.isMulticast(hi, lo)
        || IpAddress.isMulticast(askerHi, askerLo)
        || !optionsAcceptable(packet, NeighborMessage.LENGTH)
        || (probe && !toSolicitedNode(packet))
        || !answersFor(hi, lo, probe)) {
      return 0;
    }
    long mac = macs.macOf(hi, lo);
    if (probe) {
      // To all nodes, and not "solicited" (RFC 4861 section 7.2.4).
      return advertise(FLAGS, hi, lo, mac);
    }
    frame.to(packet.sourceMac(), askerHi, askerLo);
    return advertise(FLAGS | NeighborMessage.SOLICITED, hi, lo, mac);
  }

  private boolean answersFor(long hi, long lo, boolean probe) {
    // Ours come first: the guest can't make itself deaf by using one of them as its source.
    if (ours.test(hi, lo)) {
      return true;
    }
    return !guests.test(hi, lo) && (!probe || isNeighbour(hi, lo));
  }

  /** Whether the address has an Ethernet address of its own, not one that stands for many. */
  private boolean isNeighbour(long hi, long lo) {
    long mac = macs.macOf(hi, lo);
    return mac != ourMac && mac != macs.macOf(gateway.hi(), gateway.lo());
  }

  private static boolean toSolicitedNode(Packet packet) {
    return packet.destinationHi() == ALL_NODES_HI
        && (packet.destinationLo() & ~SOLICITED_NODE_PART) == SOLICITED_NODE_LO;
  }

  /**
   * Whether each option behind so many bytes has a length and stays in the message, and, in a
   * message from {@code ::}, none is a source link-layer address.
   */
  private static boolean optionsAcceptable(Packet packet, int before) {
    MemorySegment in = packet.memory();
    long at = packet.at() + before;
    long end = packet.at() + packet.length();
    while (at < end) {
      if (end - at < 8) {
        return false;
      }
      int length = NetworkOrder.get8(in, at + 1) * 8;
      if (length == 0 || length > end - at) {
        return false;
      }
      if (packet.isFromUnspecified()
          && NetworkOrder.get8(in, at) == NeighborMessage.SOURCE_LINK_LAYER) {
        return false;
      }
      at += length;
    }
    return true;
  }

  private int answerRouter(Packet packet) {
    long hi = packet.sourceHi();
    long lo = packet.sourceLo();
    if (!advertises
        || IpAddress.isMulticast(hi, lo)
        || !optionsAcceptable(packet, Icmpv6Header.LENGTH)) {
      return 0;
    }
    if (!packet.isFromUnspecified()) {
      frame.to(packet.sourceMac(), hi, lo);
    }
    return write(advertisement);
  }

  /**
   * Writes the unsolicited router advertisement, to all nodes. To be sent at random intervals
   * between {@link #MIN_ADVERTISEMENT_INTERVAL} and {@link #MAX_ADVERTISEMENT_INTERVAL} (RFC 4861
   * section 6.2.4).
   *
   * @return the frame's length; 0 where router advertisements are switched off
   */
  public int advertiseRouter(MemorySegment out, long outAt) {
    begin(out, outAt);
    return advertises ? write(advertisement) : 0;
  }

  /**
   * Writes the last advertisement of this router, where another takes its place.
   *
   * @return the frame's length; 0 where the guest doesn't know of this router, or the other one has
   *     the same address
   */
  public int retire(NdpResponder successor, MemorySegment out, long outAt) {
    if (!advertises || successor.source.equals(source)) {
      return 0;
    }
    begin(out, outAt);
    return write(RouterAdvertisement.last(ourMac));
  }

  private int write(RouterAdvertisement message) {
    message.write(frame.memory(), frame.transportAt());
    return finish(message.length());
  }

  /**
   * Writes the solicitation for the guest's address that is sent when a guest connects: its answer
   * tells the guest's Ethernet address.
   *
   * @param guestMac the guest's Ethernet address seen last, or broadcast
   * @return the frame's length; 0 where the guest has no address yet
   */
  public int solicit(MemorySegment out, long outAt, long guestMac) {
    if (assigned.isUnspecified()) {
      return 0;
    }
    begin(out, outAt);
    frame.to(guestMac, assigned.hi(), assigned.lo());
    solicit(assigned.hi(), assigned.lo());
    return finish(NeighborMessage.LENGTH);
  }

  /**
   * Writes a solicitation for the address of a station behind the guest's link, to it or to all: to
   * the address's group, so that the answer overrides (RFC 4861 section 7.2.4).
   *
   * @param hi first half of the address
   * @param lo second half
   * @param mac the Ethernet address to ask; broadcast for the group's
   * @return the frame's length
   */
  public int ask(MemorySegment out, long outAt, long hi, long lo, long mac) {
    begin(out, outAt);
    long group = SOLICITED_NODE_LO | lo & SOLICITED_NODE_PART;
    boolean all = mac == EthernetHeader.BROADCAST;
    frame.to(all ? EthernetHeader.multicast6(group) : mac, ALL_NODES_HI, group);
    solicit(hi, lo);
    int option = NeighborMessage.SOURCE_LINK_LAYER;
    NeighborMessage.writeOption(out, frame.transportAt(), option, ourMac);
    return finish(NeighborMessage.LENGTH + 8);
  }

  private void solicit(long hi, long lo) {
    NeighborMessage.writeSolicitation(frame.memory(), frame.transportAt(), hi, lo);
  }

  /**
   * Writes an unsolicited advertisement to all nodes (RFC 4861 section 7.2.6): this address is at
   * this Ethernet address.
   *
   * @param hi first half of a neighbour's address
   * @param lo second half
   * @param mac its 48 bits
   * @return the frame's length
   */
  public int announce(MemorySegment out, long outAt, long hi, long lo, long mac) {
    begin(out, outAt);
    return advertise(FLAGS, hi, lo, mac);
  }

  private int advertise(int flags, long hi, long lo, long mac) {
    NeighborMessage.writeAdvertisement(frame.memory(), frame.transportAt(), flags, hi, lo, mac);
    return finish(NeighborMessage.ADVERTISEMENT_LENGTH);
  }

  /** Begins a frame to all nodes, until it is addressed to one. */
  private void begin(MemorySegment out, long outAt) {
    frame.begin(out, outAt, false);
    frame.from(ourMac, source.hi(), source.lo());
    frame.to(EthernetHeader.multicast6(ALL_NODES_LO), ALL_NODES_HI, ALL_NODES_LO);
  }

  private int finish(int length) {
    int frameLength = frame.finish(IpProtocol.ICMPV6, length);
    Icmpv6Header.fillChecksum(frame.memory(), frame.transportAt(), length, frame.pseudoHeader());
    return frameLength;
  }
}
