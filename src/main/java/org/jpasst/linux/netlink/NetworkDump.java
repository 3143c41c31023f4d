package org.jpasst.linux.netlink;

import java.util.List;

/**
 * The host's interfaces, addresses and routes at one time, in the kernel's order.
 *
 * @param links all interfaces
 * @param addresses of both families
 * @param routes of both families and all tables
 */
public record NetworkDump(List<Link> links, List<InterfaceAddress> addresses, List<Route> routes) {
  /** Copies the lists. */
  public NetworkDump {
    links = List.copyOf(links);
    addresses = List.copyOf(addresses);
    routes = List.copyOf(routes);
  }
}
