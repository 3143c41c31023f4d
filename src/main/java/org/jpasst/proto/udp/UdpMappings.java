package org.jpasst.proto.udp;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.UdpFiltering;
import org.jpasst.flow.FlowSide;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.DatagramSockets;

/**
 * The ports that the guest sends from, where others than those it sends to may send to them. What
 * comes opens a flow of its own, as at a forwarded port; where one is forwarded, the rule decides.
 */
final class UdpMappings {
  private final UdpFiltering filtering;
  private final DatagramSockets datagramSockets;
  private final UdpListeners listeners;
  private final Map<Endpoint, UdpMapping> byOurs = new HashMap<>();

  UdpMappings(UdpFiltering filtering, DatagramSockets datagramSockets, UdpListeners listeners) {
    this.filtering = filtering;
    this.datagramSockets = datagramSockets;
    this.listeners = listeners;
  }

  /** A new flow of the guest's: its port takes others' datagrams, if there is a socket for them. */
  void join(UdpFlow flow) {
    FlowSide host = flow.flow().host();
    UdpMapping mapping = byOurs.get(ours(host));
    if (mapping == null && listeners.ofPort(host.ourPort()) == null) {
      mapping = open(flow);
    }
    // Two addresses of the guest's may have one port here; who came first has it.
    if (mapping != null && mapping.isOf(flow.flow().guest())) {
      mapping.join(flow);
    }
  }

  private UdpMapping open(UdpFlow flow) {
    FlowSide host = flow.flow().host();
    int fd = datagramSockets.openForOthers(host);
    if (fd < 0) {
      return null;
    }
    var mapping = new UdpMapping(this, filtering, flow);
    int number = listeners.add(fd, rule(flow.flow().guest(), host), mapping);
    if (number < 0) {
      return null;
    }
    mapping.number = number;
    byOurs.put(ours(host), mapping);
    return mapping;
  }

  private ForwardRule rule(FlowSide guest, FlowSide host) {
    return new ForwardRule(
        ForwardRule.Protocol.UDP,
        Optional.of(new IpAddress(host.ourHi(), host.ourLo())),
        datagramSockets.interfaceOf(host),
        host.ourPort(),
        host.ourPort(),
        guest.endpointPort(),
        Optional.of(new IpAddress(guest.endpointHi(), guest.endpointLo())),
        false);
  }

  /** Its last flow has ended. */
  void close(UdpMapping mapping) {
    byOurs.remove(ours(mapping.host));
    listeners.remove(mapping.number);
  }

  private static Endpoint ours(FlowSide host) {
    return new Endpoint(new IpAddress(host.ourHi(), host.ourLo()), host.ourPort());
  }
}
