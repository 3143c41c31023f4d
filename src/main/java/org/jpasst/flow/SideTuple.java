package org.jpasst.flow;

import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;

/**
 * A flow's side as a value, for what leaves the table: see {@link FlowSide}.
 *
 * @param own our address and port as that side sees us
 * @param endpoint who is there
 */
public record SideTuple(Endpoint own, Endpoint endpoint) {
  /** The tuple of a side. */
  public static SideTuple of(FlowSide side) {
    return new SideTuple(
        new Endpoint(new IpAddress(side.ourHi(), side.ourLo()), side.ourPort()),
        new Endpoint(new IpAddress(side.endpointHi(), side.endpointLo()), side.endpointPort()));
  }

  /** A new side of an interface with this tuple. */
  public FlowSide on(Pif pif) {
    IpAddress there = endpoint.address();
    IpAddress here = own.address();
    return new FlowSide()
        .set(pif, there.hi(), there.lo(), endpoint.port(), here.hi(), here.lo(), own.port());
  }
}
