package org.jpasst.proto.udp;

import org.jpasst.config.UdpFiltering;
import org.jpasst.flow.FlowSide;

/**
 * A port of the host that a port of the guest's has for its flows to several endpoints, and the
 * socket that takes the datagrams of others to it (RFC 4787 section 5). Lives as long as one of
 * those flows: the guest's sending keeps it, others' sending doesn't (REQ-6).
 */
final class UdpMapping {
  /** Most flows that are looked at for a peer's address, the newest first. */
  private static final int MAX_LOOKED_AT = 1024;

  private final UdpMappings mappings;
  private final boolean ofKnownAddresses;
  final FlowSide host = new FlowSide();
  final FlowSide guest = new FlowSide();

  /** The number of its socket among the listeners. */
  int number;

  private UdpFlow newest;

  UdpMapping(UdpMappings mappings, UdpFiltering filtering, UdpFlow first) {
    this.mappings = mappings;
    ofKnownAddresses = filtering == UdpFiltering.ADDRESS_DEPENDENT;
    host.set(first.flow().host());
    guest.set(first.flow().guest());
  }

  /** Whether it is of the same port of the guest's. */
  boolean isOf(FlowSide side) {
    return side.endpointPort() == guest.endpointPort()
        && side.endpointLo() == guest.endpointLo()
        && side.endpointHi() == guest.endpointHi();
  }

  void join(UdpFlow flow) {
    flow.mapping = this;
    flow.previousOfMapping = null;
    flow.nextOfMapping = newest;
    if (newest != null) {
      newest.previousOfMapping = flow;
    }
    newest = flow;
  }

  void leave(UdpFlow flow) {
    if (flow.nextOfMapping != null) {
      flow.nextOfMapping.previousOfMapping = flow.previousOfMapping;
    }
    if (flow.previousOfMapping == null) {
      newest = flow.nextOfMapping;
    } else {
      flow.previousOfMapping.nextOfMapping = flow.nextOfMapping;
    }
    flow.mapping = null;
    flow.nextOfMapping = null;
    flow.previousOfMapping = null;
    if (newest == null) {
      mappings.close(this);
    }
  }

  /** Whether a peer that the guest doesn't send to may send to it. */
  boolean takes(FlowSide hostSide) {
    return !ofKnownAddresses || flowTo(hostSide) != null;
  }

  /** Has the station whose port it is see a peer at the address that it knows it by. */
  void present(FlowSide hostSide, FlowSide guestSide) {
    FlowSide heard = newest.flow().guest();
    guestSide.setStation(heard.station(), heard.stationAge());
    UdpFlow known = flowTo(hostSide);
    if (known != null) {
      FlowSide side = known.flow().guest();
      guestSide.setOur(side.ourHi(), side.ourLo(), guestSide.ourPort());
    }
  }

  /** A flow to the peer's address, or null. */
  private UdpFlow flowTo(FlowSide hostSide) {
    int left = MAX_LOOKED_AT;
    for (UdpFlow each = newest; each != null && left > 0; each = each.nextOfMapping) {
      FlowSide known = each.flow().host();
      if (known.endpointLo() == hostSide.endpointLo()
          && known.endpointHi() == hostSide.endpointHi()) {
        return each;
      }
      left--;
    }
    return null;
  }
}
