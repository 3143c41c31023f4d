package org.jpasst.demo;

import java.util.Optional;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.RequestedConfiguration;
import org.jpasst.net.IpAddress;

/** What the back-end's options leave for the guest to show; what they switch off is no failure. */
record AskedFor(RequestedConfiguration options) {

  boolean ipv4() {
    return options.ipv4().isPresent();
  }

  boolean ipv6() {
    return options.ipv6().isPresent();
  }

  boolean dhcp() {
    return options.services().dhcp();
  }

  boolean routers() {
    return options.services().ndp() && options.services().ra();
  }

  boolean tcp() {
    return options.services().tcp();
  }

  boolean udp() {
    return options.services().udp();
  }

  boolean pings() {
    return options.services().icmp();
  }

  /** Whether ports are forwarded as the user wants it, and no other way. */
  boolean ownPorts() {
    return options.forwards().stream()
        .anyMatch(each -> each.protocol() == ForwardRule.Protocol.TCP);
  }

  /** Where the guest reaches the host's own services over IPv4, if at all. */
  Optional<IpAddress> host4(IpAddress router) {
    return options
        .ipv4()
        .flatMap(family -> family.mapHostLoopback())
        .or(() -> Optional.of(router).filter(gateway -> options.mapGateway()));
  }

  /** The same over IPv6. */
  Optional<IpAddress> host6() {
    return options.ipv6().flatMap(family -> family.mapHostLoopback());
  }
}
