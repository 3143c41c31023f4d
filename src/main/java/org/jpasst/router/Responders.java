package org.jpasst.router;

import java.util.Optional;
import org.jpasst.proto.arp.ArpResponder;
import org.jpasst.proto.dhcp.DhcpResponder;
import org.jpasst.proto.dhcp6.Dhcpv6Responder;
import org.jpasst.proto.ndp.NdpResponder;

/**
 * What answers the guest itself; absent is what is switched off.
 *
 * @param arp where IPv4 is on
 * @param ndp neighbours and routers
 * @param dhcp addresses and names for IPv4
 * @param dhcpv6 the same for IPv6
 */
public record Responders(
    Optional<ArpResponder> arp,
    Optional<NdpResponder> ndp,
    Optional<DhcpResponder> dhcp,
    Optional<Dhcpv6Responder> dhcpv6) {}
