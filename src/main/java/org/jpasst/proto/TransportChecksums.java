package org.jpasst.proto;

import org.jpasst.guest.Frame;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.UdpHeader;

/**
 * Decides by its checksum whether a TCP segment or a UDP datagram of the guest is taken. What isn't
 * is counted, and told to the operator.
 *
 * <p>Some front-ends offer checksum offload to their guest and have no way to hand on what comes of
 * it: libkrun does so whatever its peer is, over QEMU's stream socket. Then the field holds the sum
 * of the pseudo header, not complemented (virtio 1.3 section 5.1.6.2.1), in segments of up to 64
 * KiB. Over a link that says nothing of checksums, that is one "not made yet", and the packet is
 * taken: it hasn't been on a wire that could have damaged it, and won't be, since its payload goes
 * to a socket whose packets the host's kernel makes. Damage that makes a field look so is as likely
 * as damage that isn't noticed at all, 1 in 65,536.
 */
public final class TransportChecksums {
  private final Counters counters;
  private final Log log;

  /**
   * Checks for one protocol's input.
   *
   * @param counters of dropped packets
   * @param log is told of them
   */
  public TransportChecksums(Counters counters, Log log) {
    this.counters = counters;
    this.log = log;
  }

  /** Whether a segment is taken, the header of which is whole. */
  public boolean acceptTcp(Packet packet) {
    if (holds(packet, TcpHeader.checksum(packet.memory(), packet.at()))) {
      return true;
    }
    counters.increment(Counter.DROP_TCP_CHECKSUM);
    log.limited(
        LogLevel.WARNING,
        "checksum.tcp",
        "dropped a TCP segment of the guest's with a wrong checksum; if that is so with all, turn"
            + " checksum offload off in the guest (ethtool -K DEVICE tx off)");
    return false;
  }

  /**
   * Whether a datagram is taken whose header was read. Over IPv4 a checksum of zero says that there
   * is none (RFC 768); over IPv6 there has to be one (RFC 8200 section 8.1).
   */
  public boolean acceptUdp(Packet packet) {
    int field = UdpHeader.checksum(packet.memory(), packet.at());
    boolean taken =
        field == 0 ? packet.isIpv4() || packet.frame().isChecksumMissing() : holds(packet, field);
    if (taken) {
      return true;
    }
    counters.increment(Counter.DROP_UDP_CHECKSUM);
    log.limited(
        LogLevel.WARNING,
        "checksum.udp",
        "dropped a UDP datagram of the guest's with a wrong checksum; if that is so with all, turn"
            + " checksum offload off in the guest (ethtool -K DEVICE tx off)");
    return false;
  }

  private static boolean holds(Packet packet, int field) {
    Frame frame = packet.frame();
    if (frame.isChecksumMissing()) {
      return true;
    }
    long pseudoHeader = packet.pseudoHeader();
    // The order doesn't change the answer, and spares a sum over 64 KiB that nobody has made.
    if (frame.mayLackChecksum() && field == InternetChecksum.fold(pseudoHeader)) {
      return true;
    }
    return InternetChecksum.verifies(pseudoHeader + frame.sum(packet.at(), packet.length()));
  }
}
