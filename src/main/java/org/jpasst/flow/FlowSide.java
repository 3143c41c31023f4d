package org.jpasst.flow;

import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;

/**
 * One side of a flow as seen from us: the endpoint out there, and ourselves as that endpoint sees
 * us. Written in place, so that looking up a frame's flow allocates nothing.
 */
public final class FlowSide {
  private Pif pif = Pif.NONE;
  private long endpointHi;
  private long endpointLo;
  private long ourHi;
  private long ourLo;
  private int endpointPort;
  private int ourPort;
  private long hash;

  /** Sets all of it; addresses as in {@link IpAddress}, ports 0 to 65535. */
  public FlowSide set(
      Pif pif,
      long endpointHi,
      long endpointLo,
      int endpointPort,
      long ourHi,
      long ourLo,
      int ourPort) {
    this.pif = pif;
    this.endpointHi = endpointHi;
    this.endpointLo = endpointLo;
    this.endpointPort = endpointPort;
    this.ourHi = ourHi;
    this.ourLo = ourLo;
    this.ourPort = ourPort;
    return this;
  }

  /** Takes over all of another side. */
  public FlowSide set(FlowSide other) {
    hash = other.hash;
    return set(
        other.pif,
        other.endpointHi,
        other.endpointLo,
        other.endpointPort,
        other.ourHi,
        other.ourLo,
        other.ourPort);
  }

  /** Makes it a side of nothing. */
  public void clear() {
    set(Pif.NONE, 0, 0, 0, 0, 0, 0);
  }

  /** Changes our own address and port, known only once a socket has been bound. */
  public void setOur(long hi, long lo, int port) {
    ourHi = hi;
    ourLo = lo;
    ourPort = port;
  }

  /** Whether the six values are equal. */
  public boolean sameAs(FlowSide other) {
    return endpointLo == other.endpointLo
        && ourLo == other.ourLo
        && endpointPort == other.endpointPort
        && ourPort == other.ourPort
        && endpointHi == other.endpointHi
        && ourHi == other.ourHi
        && pif == other.pif;
  }

  /** The interface this side is on. */
  public Pif pif() {
    return pif;
  }

  /** First half of the endpoint's address. */
  public long endpointHi() {
    return endpointHi;
  }

  /** Second half of the endpoint's address. */
  public long endpointLo() {
    return endpointLo;
  }

  /** The endpoint's port, or its echo identifier. */
  public int endpointPort() {
    return endpointPort;
  }

  /** First half of our address. */
  public long ourHi() {
    return ourHi;
  }

  /** Second half of our address. */
  public long ourLo() {
    return ourLo;
  }

  /** Our port. */
  public int ourPort() {
    return ourPort;
  }

  /** Whether both addresses are IPv4. */
  public boolean isIpv4() {
    return IpAddress.isIpv4(endpointHi, endpointLo);
  }

  /** The keyed hash that the last lookup or insertion of this side has left in it. */
  public long hash() {
    return hash;
  }

  void setHash(long hash) {
    this.hash = hash;
  }

  /** For messages: {@code endpoint -> ours}. */
  @Override
  public String toString() {
    return new Endpoint(new IpAddress(endpointHi, endpointLo), endpointPort)
        + " -> "
        + new Endpoint(new IpAddress(ourHi, ourLo), ourPort);
  }
}
