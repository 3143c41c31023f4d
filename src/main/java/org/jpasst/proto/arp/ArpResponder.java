package org.jpasst.proto.arp;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.net.AddressSet;
import org.jpasst.net.AddressTest;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.ArpHeader;
import org.jpasst.wire.EthernetHeader;

/**
 * Answers the guest's ARP requests. As the guest's whole network is behind us, every address is
 * answered for, on its subnet or not, except its own and those of other stations there.
 *
 * <p>A probe, by which the guest asks whether an address is free for itself (RFC 5227 section 1.1),
 * is answered only for addresses in use: ours, the mapped ones, and neighbours of the host.
 *
 * <p>Stateless; allocates nothing.
 */
public final class ArpResponder {
  /** Length of every frame written here. */
  public static final int MAX_REPLY = EthernetHeader.LENGTH + ArpHeader.LENGTH;

  private final int assigned;
  private final int ourAddress;
  private final long ourMac;
  private final AddressTest ours;
  private final AddressTest guests;
  private final MacLookup macs;
  private final Counters counters;

  /**
   * A responder for one run.
   *
   * @param macs whose Ethernet address stands for which address
   * @param guests whether an address is the guest's own, assigned or observed, or of another
   *     station behind its link, which answers for itself
   */
  public ArpResponder(
      Ipv4Settings settings,
      MacAddress ourMac,
      MacLookup macs,
      AddressTest guests,
      Counters counters) {
    this.assigned = settings.assigned().ipv4();
    this.ourAddress = settings.ourAddress().orElse(IpAddress.ANY4).ipv4();
    this.ourMac = ourMac.bits();
    this.ours = ours(settings);
    this.guests = guests;
    this.macs = macs;
    this.counters = counters;
  }

  private static AddressSet ours(Ipv4Settings settings) {
    List<IpAddress> addresses = new ArrayList<>(settings.translation().addresses());
    settings.ourAddress().ifPresent(addresses::add);
    return new AddressSet(addresses);
  }

  /**
   * Answers one frame of type ARP.
   *
   * @param in holds the frame
   * @param at offset of its Ethernet header
   * @param length of the frame, at least 14
   * @param out takes the answer, up to {@link #MAX_REPLY} bytes
   * @param outAt offset of the answer's Ethernet header
   * @return the answer's length; 0 where there is none, counted as {@link Counter#DROP_ARP}
   */
  public int respond(MemorySegment in, long at, int length, MemorySegment out, long outAt) {
    long arp = at + EthernetHeader.LENGTH;
    if (!ArpHeader.valid(in, arp, length - EthernetHeader.LENGTH)
        || ArpHeader.operation(in, arp) != ArpHeader.REQUEST
        || !answersFor(ArpHeader.senderIp(in, arp), ArpHeader.targetIp(in, arp))) {
      counters.increment(Counter.DROP_ARP);
      return 0;
    }
    int target = ArpHeader.targetIp(in, arp);
    long mac = macs.macOf(0, IpAddress.mapped(target));
    return write(
        out,
        outAt,
        EthernetHeader.source(in, at),
        ourMac,
        ArpHeader.REPLY,
        mac,
        target,
        ArpHeader.senderMac(in, arp),
        ArpHeader.senderIp(in, arp));
  }

  private boolean answersFor(int sender, int target) {
    long lo = IpAddress.mapped(target);
    if (sender == target) {
      return false; // an announcement
    }
    // Ours come first: the guest can't make itself deaf by using one of them as its source.
    if (ours.test(0, lo)) {
      return true;
    }
    return !guests.test(0, lo) && (sender != 0 || isNeighbour(lo));
  }

  /** Whether the address has an Ethernet address of its own, not one that stands for many. */
  private boolean isNeighbour(long lo) {
    long mac = macs.macOf(0, lo);
    return mac != ourMac && mac != macs.macOf(0, IpAddress.mapped(ourAddress));
  }

  /**
   * Writes the request for the guest's address that is sent when a guest connects: its answer tells
   * the guest's Ethernet address.
   *
   * @return the frame's length; 0 where we have no address to ask from
   */
  public int request(MemorySegment out, long outAt) {
    if (ourAddress == 0) {
      return 0;
    }
    return write(
        out,
        outAt,
        EthernetHeader.BROADCAST,
        ourMac,
        ArpHeader.REQUEST,
        ourMac,
        ourAddress,
        EthernetHeader.BROADCAST,
        assigned);
  }

  /**
   * Writes a request for the address of a station behind the guest's link, to it or to all.
   *
   * @param address first byte most significant
   * @param mac the Ethernet address to ask
   * @return the frame's length
   */
  public int ask(MemorySegment out, long outAt, int address, long mac) {
    return write(out, outAt, mac, ourMac, ArpHeader.REQUEST, ourMac, ourAddress, 0, address);
  }

  /**
   * Writes an announcement (RFC 5227 section 3): this address is at this Ethernet address.
   *
   * @param address of a neighbour, first byte most significant
   * @param mac its 48 bits
   * @return the frame's length
   */
  public int announce(MemorySegment out, long outAt, int address, long mac) {
    return write(
        out, outAt, EthernetHeader.BROADCAST, mac, ArpHeader.REQUEST, mac, address, 0, address);
  }

  private static int write(
      MemorySegment out,
      long at,
      long destination,
      long source,
      int operation,
      long senderMac,
      int senderIp,
      long targetMac,
      int targetIp) {
    EthernetHeader.write(out, at, destination, source, EthernetHeader.TYPE_ARP);
    ArpHeader.write(
        out, at + EthernetHeader.LENGTH, operation, senderMac, senderIp, targetMac, targetIp);
    return MAX_REPLY;
  }
}
