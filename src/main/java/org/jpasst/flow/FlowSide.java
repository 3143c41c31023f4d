package org.jpasst.flow;

import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;

/**
 * One side of a flow as seen from us: the endpoint out there, and ourselves as that endpoint sees
 * us. Written in place, so that looking up a frame's flow allocates nothing.
 */
public final class FlowSide {
  /** Answer of {@link #station} where none has been heard. */
  public static final long NO_STATION = 0;

  private Pif pif = Pif.NONE;
  private long endpointHi;
  private long endpointLo;
  private long ourHi;
  private long ourLo;
  private int endpointPort;
  private int ourPort;
  private long hash;
  private long station = NO_STATION;
  private int stationAge;

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
    station = NO_STATION;
    return this;
  }

  /** Takes over all of another side. */
  public FlowSide set(FlowSide other) {
    set(
        other.pif,
        other.endpointHi,
        other.endpointLo,
        other.endpointPort,
        other.ourHi,
        other.ourLo,
        other.ourPort);
    hash = other.hash;
    setStation(other.station, other.stationAge);
    return this;
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

  /**
   * Sets which station of the link the endpoint is.
   *
   * @param mac its Ethernet address, or {@link #NO_STATION}
   * @param age tells the one who sets it when that was, see {@link #stationAge}
   */
  public void setStation(long mac, int age) {
    station = mac;
    stationAge = age;
  }

  /** Whether addresses, ports and interface are equal. */
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

  /**
   * The Ethernet address that the endpoint was heard from last, on the guest's link, or {@link
   * #NO_STATION}.
   */
  public long station() {
    return station;
  }

  /** What {@link #setStation} was told. */
  public int stationAge() {
    return stationAge;
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
