package org.jpasst.stack;

import java.util.Optional;
import org.jpasst.config.Configuration;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.arp.ArpResponder;
import org.jpasst.proto.dhcp.DhcpResponder;
import org.jpasst.proto.dhcp6.Dhcpv6Responder;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.proto.ndp.Withdrawn;
import org.jpasst.router.Responders;
import org.jpasst.stats.Counters;

/** Makes the responders that a configuration asks for. */
final class ServiceWiring {
  private final GuestAddresses guest;
  private final MacLookup macs;
  private final Counters counters;

  ServiceWiring(GuestAddresses guest, MacLookup macs, Counters counters) {
    this.guest = guest;
    this.macs = macs;
    this.counters = counters;
  }

  /**
   * Makes them.
   *
   * @param withdrawn what router advertisements take back
   */
  Responders responders(Configuration configuration, Withdrawn withdrawn) {
    return new Responders(
        configuration
            .ipv4()
            .map(
                s ->
                    new ArpResponder(
                        s, configuration.ourMac(), macs, guest::isBehindLink, counters)),
        configuration
            .ipv6()
            .filter(s -> configuration.services().ndp())
            .map(
                s ->
                    new NdpResponder(
                        configuration, s, withdrawn, macs, guest::isBehindLink, counters)),
        dhcp(configuration),
        dhcpv6(configuration));
  }

  private Optional<DhcpResponder> dhcp(Configuration configuration) {
    return configuration
        .ipv4()
        .filter(s -> configuration.services().dhcp())
        .flatMap(
            s ->
                s.ourAddress()
                    .map(
                        ours ->
                            new DhcpResponder(
                                configuration, s, ours, guest.tenancy(true), counters)));
  }

  private Optional<Dhcpv6Responder> dhcpv6(Configuration configuration) {
    return configuration
        .ipv6()
        .filter(s -> configuration.services().dhcpv6())
        .flatMap(
            s ->
                s.assigned()
                    .map(
                        assigned ->
                            new Dhcpv6Responder(
                                configuration, s, assigned, guest.tenancy(false), counters)));
  }
}
