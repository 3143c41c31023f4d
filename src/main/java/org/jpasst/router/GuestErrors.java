package org.jpasst.router;

import org.jpasst.proto.Packet;
import org.jpasst.proto.PacketHandler;
import org.jpasst.proto.icmp.GuestError;
import org.jpasst.proto.icmp.GuestErrorHandler;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.wire.IpProtocol;

/** Gives the guest's ICMP errors to the protocol of the packet that they are about. */
final class GuestErrors implements PacketHandler {
  private final GuestErrorHandler tcp;
  private final GuestErrorHandler udp;
  private final Counters counters;
  private final GuestError error = new GuestError();

  GuestErrors(GuestErrorHandler tcp, GuestErrorHandler udp, Counters counters) {
    this.tcp = tcp;
    this.udp = udp;
    this.counters = counters;
  }

  /** An error whose checksum was right. */
  @Override
  public void onPacket(Packet packet, long now) {
    if (!error.read(packet)) {
      counters.increment(Counter.DROP_ICMP);
      return;
    }
    switch (error.protocol()) {
      case IpProtocol.TCP -> tcp.onError(error, now);
      case IpProtocol.UDP -> udp.onError(error, now);
      default -> counters.increment(Counter.DROP_ICMP_QUOTE);
    }
  }
}
