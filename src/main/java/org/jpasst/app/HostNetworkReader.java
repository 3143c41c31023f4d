package org.jpasst.app;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import org.jpasst.config.HostNetwork;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.netlink.InterfaceAddress;
import org.jpasst.linux.netlink.NetworkDump;
import org.jpasst.linux.netlink.NetworkReader;
import org.jpasst.linux.netlink.Route;

/** Reads the host's network as the configuration wants it, as often as asked. */
final class HostNetworkReader implements AutoCloseable {
  private final NetworkReader reader;

  /**
   * Gets ready to ask the kernel.
   *
   * @throws IOException if it refuses
   */
  HostNetworkReader(Sockets sockets) throws IOException {
    reader = new NetworkReader(sockets);
  }

  /**
   * Asks the kernel. Routes are the unicast ones of the main table that lead somewhere, on-link
   * ones among them: a host without a default route still has a template interface. The default
   * ones are in the order in which the kernel prefers them, by metric.
   *
   * @throws IOException if the kernel can't be asked
   */
  HostNetwork read() throws IOException {
    NetworkDump dump = reader.read();
    return new HostNetwork(
        dump.links().stream()
            .map(link -> new HostNetwork.Interface(link.name(), link.index()))
            .toList(),
        dump.addresses().stream().map(HostNetworkReader::address).toList(),
        dump.routes().stream()
            .filter(route -> route.isMainUnicast() && !route.hops().isEmpty())
            .sorted(Comparator.comparingLong(HostNetworkReader::defaultMetric))
            .map(HostNetworkReader::route)
            .toList());
  }

  @Override
  public void close() {
    reader.close();
  }

  /** What sorts the default routes, and leaves all others as they are. */
  private static long defaultMetric(Route route) {
    return route.prefixLength() == 0 ? Integer.toUnsignedLong(route.priority()) : 0;
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
