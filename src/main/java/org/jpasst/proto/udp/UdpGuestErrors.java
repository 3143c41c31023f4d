package org.jpasst.proto.udp;

import org.jpasst.proto.icmp.GuestError;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * What a guest says by ICMP about datagrams that it was sent.
 *
 * <p>A peer would get the same message from the guest's kernel. We can't send it, but the host's
 * kernel does when a datagram comes that no socket takes: so a flow whose datagrams the guest
 * refuses ends. Not one that came by a forwarded port: its peer's next datagram would only make
 * another of it.
 */
final class UdpGuestErrors {
  private final UdpFlows flows;
  private final UdpFromGuest fromGuest;
  private final int linkMtu;
  private final Counters counters;

  UdpGuestErrors(UdpFlows flows, UdpFromGuest fromGuest, int linkMtu, Counters counters) {
    this.linkMtu = linkMtu;
    this.flows = flows;
    this.fromGuest = fromGuest;
    this.counters = counters;
  }

  void take(GuestError error) {
    UdpFlow flow = flows.find(error.side());
    if (flow == null || flow.toGuestCount() == 0) {
      counters.increment(Counter.DROP_ICMP_QUOTE);
      return;
    }
    switch (error.meaning()) {
      case REFUSED, HOST_UNREACHABLE -> refused(flow);
      case TOO_BIG -> tooBig(flow, error);
      case SOFT -> counters.increment(Counter.ICMP_SOFT);
    }
  }

  /** What is longer is cut up from now on; nobody sends this one again. */
  private void tooBig(UdpFlow flow, GuestError error) {
    int before = Math.min(linkMtu, flow.pathMtu());
    int mtu = error.mtu(before);
    counters.increment(mtu < before ? Counter.ICMP_TOO_BIG : Counter.ICMP_SOFT);
    flow.narrowPath(mtu);
  }

  private void refused(UdpFlow flow) {
    UdpListener listener = flow.listener();
    if (listener != null && listener.socket().isOpen()) {
      counters.increment(Counter.ICMP_SOFT);
      return;
    }
    counters.increment(Counter.ICMP_REFUSED);
    fromGuest.send(flow); // what the guest has sent before it said so
    flows.all().close(flow);
  }
}
