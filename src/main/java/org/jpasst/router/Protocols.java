package org.jpasst.router;

import org.jpasst.config.Configuration;
import org.jpasst.proto.Packet;
import org.jpasst.proto.PacketHandler;
import org.jpasst.proto.groups.Groups;
import org.jpasst.proto.icmp.Ping;
import org.jpasst.proto.tcp.Tcp;
import org.jpasst.proto.udp.Udp;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * What carries the guest's packets to the host.
 *
 * @param tcp takes segments
 * @param udp takes datagrams whose header was read, see {@link Packet#readUdp}
 * @param echo takes requests of ICMP and ICMPv6
 * @param groups takes IGMP, and MLD's messages of listeners
 * @param errors takes error messages of ICMP and ICMPv6, checksum verified
 * @param guestStart is told that the guest may have started anew
 */
public record Protocols(
    PacketHandler tcp,
    PacketHandler udp,
    PacketHandler echo,
    PacketHandler groups,
    PacketHandler errors,
    Runnable guestStart) {

  /** Those that are switched on; of the others the packets are counted. */
  public static Protocols of(
      Configuration configuration, Tcp tcp, Udp udp, Ping ping, Groups groups, Counters counters) {
    var on = configuration.services();
    var off = new SwitchedOff(Counter.DROP_PROTOCOL, counters);
    var icmpOff = new SwitchedOff(Counter.DROP_ICMP, counters);
    return new Protocols(
        on.tcp() ? tcp : off,
        on.udp() ? udp : off,
        on.icmp() ? ping : icmpOff,
        on.udp() ? groups : off,
        new GuestErrors(
            on.tcp() ? tcp : (error, now) -> counters.increment(Counter.DROP_ICMP),
            on.udp() ? udp : (error, now) -> counters.increment(Counter.DROP_ICMP),
            counters),
        tcp::onGuestStart);
  }

  /** Each does what it gathered in the batch. */
  void onBatchEnd(long now) {
    try {
      tcp.onBatchEnd(now);
    } finally {
      udp.onBatchEnd(now);
    }
  }

  private record SwitchedOff(Counter counter, Counters counters) implements PacketHandler {
    @Override
    public void onPacket(Packet packet, long now) {
      counters.increment(counter);
    }
  }
}
