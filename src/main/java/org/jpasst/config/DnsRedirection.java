package org.jpasst.config;

import org.jpasst.net.IpAddress;

/**
 * TCP and UDP traffic to ports 53 and 853 of one address goes to another, on the same port.
 *
 * @param seenByGuest the address that the guest uses
 * @param resolver the resolver that the host uses, of the same family
 */
public record DnsRedirection(IpAddress seenByGuest, IpAddress resolver) {}
