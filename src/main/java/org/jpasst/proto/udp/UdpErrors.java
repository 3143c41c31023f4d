package org.jpasst.proto.udp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jpasst.flow.FlowSide;
import org.jpasst.proto.icmp.ErrorQueue;
import org.jpasst.proto.icmp.IcmpErrorWriter;
import org.jpasst.proto.icmp.Quote;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.UdpHeader;

/** Passes what a flow's socket says about failed datagrams on to the guest, as ICMP errors. */
final class UdpErrors implements ErrorQueue.Reporter<UdpFlow> {
  private final ErrorQueue queue;
  private final IcmpErrorWriter writer;
  private final Quote quote = new Quote();
  private final MemorySegment rebuilt = Arena.global().allocate(Quote.MAX_LENGTH, 8);

  UdpErrors(ErrorQueue queue, IcmpErrorWriter writer) {
    this.queue = queue;
    this.writer = writer;
  }

  /**
   * Empties a socket's error queue and clears its pending error.
   *
   * @param reportLocal whether to pass on the host's own errors as well; they don't quote, so that
   *     a caller who has the datagram at hand tells of them better
   * @return how many errors there were
   */
  int drain(UdpFlow flow, boolean reportLocal) {
    return queue.drain(flow, reportLocal, this);
  }

  @Override
  public void report(UdpFlow flow, boolean reportLocal) {
    FlowSide guest = flow.flow().guest();
    if (queue.isFromNetwork() && queue.isIcmp4() == guest.isIpv4()) {
      writer.report(rebuild(guest), flow.flow().host(), queue);
    } else if (queue.isLocal() && reportLocal) {
      writer.reportErrno(rebuild(guest), queue.errno(), queue.info());
    }
  }

  /** The datagram as the guest may have sent it, as far as the queue has it. */
  private Quote rebuild(FlowSide guest) {
    boolean ipv4 = guest.isIpv4();
    int length = Math.min(UdpHeader.LENGTH + queue.quoteLength(), Quote.maxLength(ipv4));
    int payload = length - UdpHeader.LENGTH;
    UdpHeader.write(rebuilt, 0, guest.endpointPort(), guest.ourPort(), length);
    MemorySegment.copy(queue.quote(), 0, rebuilt, UdpHeader.LENGTH, payload);
    if (!ipv4) {
      long pseudoHeader =
          InternetChecksum.pseudoHeader6(
              guest.endpointHi(),
              guest.endpointLo(),
              guest.ourHi(),
              guest.ourLo(),
              IpProtocol.UDP,
              length);
      UdpHeader.fillChecksum(rebuilt, 0, pseudoHeader);
    }
    return quote.of(guest, IpProtocol.UDP, rebuilt, 0, length);
  }

  /**
   * Tells the guest that one of its datagrams couldn't be sent.
   *
   * @param errno what the socket call returned
   * @param info the MTU for EMSGSIZE
   * @param datagram holds the guest's datagram
   * @param at where its UDP header is
   * @param length of header and payload
   */
  void refuse(FlowSide guest, int errno, int info, MemorySegment datagram, long at, int length) {
    writer.reportErrno(quote.of(guest, IpProtocol.UDP, datagram, at, length), errno, info);
  }
}
