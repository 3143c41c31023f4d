package org.jpasst.proto.icmp;

import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.NetworkOrder;

/**
 * Passes what a ping socket says about failed echo requests on to the guest: the request is quoted
 * as the guest sent it, with its own identifier.
 */
final class PingErrors implements ErrorQueue.Reporter<PingFlow> {
  private static final int CHECKSUM_AT = 2;

  private final ErrorQueue queue;
  private final IcmpErrorWriter writer;
  private final Quote quote = new Quote();

  PingErrors(ErrorQueue queue, IcmpErrorWriter writer) {
    this.queue = queue;
    this.writer = writer;
  }

  /** Empties a socket's error queue and clears its pending error; how many errors there were. */
  int drain(PingFlow flow) {
    return queue.drain(flow, true, this);
  }

  @Override
  public void report(PingFlow flow, boolean local) {
    FlowSide guest = flow.flow().guest();
    FlowSide host = flow.flow().host();
    boolean ipv4 = guest.isIpv4();
    // From here on both headers look alike: type, code, checksum, identifier, sequence number.
    MemorySegment request = queue.quote();
    int protocol = flow.flow().type().protocol();
    if (queue.isFromNetwork() && queue.isIcmp4() == ipv4) {
      if (queue.quoteLength() < IcmpHeader.LENGTH) {
        return;
      }
      restore(request, guest, host);
      writer.report(quote.of(guest, protocol, request, 0, queue.quoteLength()), host, queue);
    } else if (queue.isLocal()) {
      // The host's own errors don't quote.
      int type = ipv4 ? IcmpHeader.ECHO_REQUEST : Icmpv6Header.ECHO_REQUEST;
      IcmpHeader.write(request, 0, type, 0, guest.endpointPort() << 16 | flow.lastSequence);
      quote.of(guest, protocol, request, 0, IcmpHeader.LENGTH);
      writer.reportErrno(quote, queue.errno(), queue.info());
    }
  }

  /** Puts the guest's identifier back, and the checksum right (RFC 1624 equation 3). */
  private static void restore(MemorySegment quote, FlowSide guest, FlowSide host) {
    int old = IcmpHeader.identifier(quote, 0);
    IcmpHeader.identifier(quote, 0, guest.endpointPort());
    long sum =
        (~NetworkOrder.get16(quote, CHECKSUM_AT) & 0xffff) + (~old & 0xffff) + guest.endpointPort();
    if (!guest.isIpv4()) {
      // ICMPv6 sums up the addresses as well, and these were translated.
      sum += InternetChecksum.complement(addresses(host)) + addresses(guest);
    }
    NetworkOrder.put16(quote, CHECKSUM_AT, InternetChecksum.complement(sum));
  }

  private static long addresses(FlowSide side) {
    return InternetChecksum.pseudoHeader6(
        side.endpointHi(), side.endpointLo(), side.ourHi(), side.ourLo(), 0, 0);
  }

  /**
   * Tells the guest that its request couldn't be sent.
   *
   * @param errno what the socket call returned
   * @param message holds the request
   * @param at where its ICMP header is
   * @param length of header and payload
   */
  void refuse(FlowSide guest, int protocol, int errno, MemorySegment message, long at, int length) {
    writer.reportErrno(quote.of(guest, protocol, message, at, length), errno, 0);
  }
}
