package org.jpasst.guest.cache;

import java.lang.foreign.MemorySegment;
import org.jpasst.wire.EthernetHeader;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.jpasst.wire.Ipv6Header;
import org.jpasst.wire.NetworkOrder;

/**
 * How much of the cache each flow takes, so that one that floods it leaves room for others. Flows
 * are told apart by a hash of addresses, protocol and ports; those that share one, share a part.
 */
final class FlowShares {
  private static final int PARTS = 4096;
  private static final int PORTS = 4;
  private static final long MIX = 0x9e3779b97f4a7c15L; // 2^64 divided by the golden ratio

  private final int[] bytes = new int[PARTS];
  private final long seed;

  /**
   * Nobody takes anything yet.
   *
   * @param seed something that nobody outside knows, so that nobody can choose whose part it shares
   */
  FlowShares(long seed) {
    this.seed = seed;
  }

  /** Bytes that the flow of a frame takes. */
  int of(MemorySegment frame, long at, int length) {
    return bytes[part(frame, at, length)];
  }

  /** The flow of a frame takes so many more. */
  void add(MemorySegment frame, long at, int length, int more) {
    bytes[part(frame, at, length)] += more;
  }

  private int part(MemorySegment s, long at, int length) {
    long hash = seed;
    long ip = at + EthernetHeader.LENGTH;
    int left = length - EthernetHeader.LENGTH;
    int type = left < 0 ? 0 : EthernetHeader.type(s, at);
    if (type == EthernetHeader.TYPE_IPV4 && left >= Ipv4Header.LENGTH + PORTS) {
      hash = mix(hash, Ipv4Header.source(s, ip));
      hash = mix(hash, Ipv4Header.destination(s, ip));
      hash = mixTransport(hash, s, ip + Ipv4Header.LENGTH, Ipv4Header.protocol(s, ip));
    } else if (type == EthernetHeader.TYPE_IPV6 && left >= Ipv6Header.LENGTH + PORTS) {
      hash = mix(hash, Ipv6Header.sourceHi(s, ip) + Ipv6Header.sourceLo(s, ip) * MIX);
      hash = mix(hash, Ipv6Header.destinationHi(s, ip) + Ipv6Header.destinationLo(s, ip) * MIX);
      hash = mixTransport(hash, s, ip + Ipv6Header.LENGTH, Ipv6Header.nextHeader(s, ip));
    } else {
      hash = mix(hash, type);
    }
    return (int) (hash >>> 32) & PARTS - 1;
  }

  private static long mixTransport(long hash, MemorySegment s, long at, int protocol) {
    boolean hasPorts = protocol == IpProtocol.TCP || protocol == IpProtocol.UDP;
    return mix(mix(hash, protocol), hasPorts ? NetworkOrder.get32(s, at) : 0);
  }

  private static long mix(long hash, long value) {
    long mixed = (hash ^ value) * MIX;
    return mixed ^ mixed >>> 29;
  }
}
