package org.jpasst.config;

import java.util.Optional;

/** A run's settings that differ in some from given ones. */
public final class ChangedConfiguration {
  private final Configuration given;
  private int mtu;
  private Optional<Ipv4Settings> ipv4;
  private Optional<Ipv6Settings> ipv6;
  private Services services;
  private UdpFiltering udpFiltering;
  private ForwardClosed forwardClosed;
  private boolean preservePorts;

  private ChangedConfiguration(Configuration given) {
    this.given = given;
    mtu = given.mtu();
    ipv4 = given.ipv4();
    ipv6 = given.ipv6();
    services = given.services();
    udpFiltering = given.udpFiltering();
    forwardClosed = given.forwardClosed();
    preservePorts = given.preservePorts();
  }

  /** Begins with the given settings. */
  public static ChangedConfiguration from(Configuration given) {
    return new ChangedConfiguration(given);
  }

  /** Another MTU. */
  public ChangedConfiguration mtu(int bytes) {
    mtu = bytes;
    return this;
  }

  /** Other settings of IPv4, or none of it. */
  public ChangedConfiguration ipv4(Optional<Ipv4Settings> settings) {
    ipv4 = settings;
    return this;
  }

  /** Other settings of IPv6, or none of it. */
  public ChangedConfiguration ipv6(Optional<Ipv6Settings> settings) {
    ipv6 = settings;
    return this;
  }

  /** Other switches. */
  public ChangedConfiguration services(Services switches) {
    services = switches;
    return this;
  }

  /** Whose datagrams a flow of UDP takes. */
  public ChangedConfiguration udpFiltering(UdpFiltering filtering) {
    udpFiltering = filtering;
    return this;
  }

  /** What peers find at ports that the guest doesn't serve. */
  public ChangedConfiguration forwardClosed(ForwardClosed way) {
    forwardClosed = way;
    return this;
  }

  /** Whether connections keep the guest's ports. */
  public ChangedConfiguration preservePorts(boolean are) {
    preservePorts = are;
    return this;
  }

  /** The changed settings. */
  public Configuration get() {
    return new Configuration(
        given.process(),
        given.link(),
        given.migration(),
        mtu,
        given.ourMac(),
        ipv4,
        ipv6,
        given.names(),
        services,
        given.freebind(),
        udpFiltering,
        forwardClosed,
        preservePorts,
        given.forwards());
  }
}
