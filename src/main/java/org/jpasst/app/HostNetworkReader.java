package org.jpasst.app;

import java.io.IOException;
import java.util.List;
import org.jpasst.config.HostNetwork;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.netlink.InterfaceAddress;
import org.jpasst.linux.netlink.NetworkDump;
import org.jpasst.linux.netlink.Route;

/** Reads the host's network as the configuration wants it. */
final class HostNetworkReader {

  private HostNetworkReader() {}

  /**
   * Asks the kernel. Routes are the unicast ones of the main table that lead somewhere, on-link
   * ones among them: a host without a default route still has a template interface.
   *
   * @throws IOException if the kernel can't be asked
   */
  static HostNetwork read(Sockets sockets) throws IOException {
    NetworkDump dump = NetworkDump.read(sockets);
    return new HostNetwork(
        dump.links().stream()
            .map(link -> new HostNetwork.Interface(link.name(), link.index()))
            .toList(),
        dump.addresses().stream().map(HostNetworkReader::address).toList(),
        dump.routes().stream()
            .filter(route -> route.isMainUnicast() && !route.hops().isEmpty())
            .map(HostNetworkReader::route)
            .toList());
  }

  private static HostNetwork.Address address(InterfaceAddress found) {
    return new HostNetwork.Address(
        found.interfaceIndex(),
        found.address(),
        found.prefixLength(),
        found.isLinkScope(),
        found.isDeprecated(),
        found.isTentative(),
        found.isTemporary());
  }

  private static HostNetwork.Route route(Route found) {
    List<HostNetwork.Hop> hops =
        found.hops().stream()
            .map(hop -> new HostNetwork.Hop(hop.interfaceIndex(), hop.gateway(), hop.weight()))
            .toList();
    return new HostNetwork.Route(found.destination(), found.prefixLength(), hops);
  }
}
