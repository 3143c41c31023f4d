package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jpasst.config.HostNetwork;
import org.jpasst.config.PortRange;
import org.jpasst.config.ResolvConf;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.netlink.InterfaceAddress;
import org.jpasst.linux.netlink.NetworkDump;
import org.jpasst.linux.netlink.Route;

/** What a run takes from the host, as it is at start. */
final class HostState {
  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
  private static final Path EPHEMERAL = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  private HostState() {}

  /**
   * The interfaces, addresses and routes.
   *
   * @throws LaunchException if the kernel can't be asked
   */
  static HostNetwork network(Sockets sockets) throws LaunchException {
    NetworkDump dump;
    try {
      dump = NetworkDump.read(sockets);
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
    return new HostNetwork(
        dump.links().stream().map(l -> new HostNetwork.Interface(l.name(), l.index())).toList(),
        dump.addresses().stream().map(HostState::address).toList(),
        dump.routes().stream()
            .filter(r -> r.isMainUnicast() && !r.hops().isEmpty())
            .map(HostState::route)
            .toList());
  }

  private static HostNetwork.Address address(InterfaceAddress a) {
    return new HostNetwork.Address(
        a.interfaceIndex(),
        a.address(),
        a.prefixLength(),
        a.isLinkScope(),
        a.isDeprecated(),
        a.isTentative(),
        a.isTemporary());
  }

  private static HostNetwork.Route route(Route r) {
    List<HostNetwork.Hop> hops =
        r.hops().stream()
            .map(h -> new HostNetwork.Hop(h.interfaceIndex(), h.gateway(), h.weight()))
            .toList();
    return new HostNetwork.Route(r.destination(), r.prefixLength(), hops);
  }

  /** The host's resolvers and search list; none where there is no such file. */
  static ResolvConf resolvConf() {
    return ResolvConf.parse(text(RESOLV_CONF));
  }

  /** The ports that the host gives to sockets that ask for none. */
  static PortRange ephemeralPorts() {
    return PortRange.ephemeral(text(EPHEMERAL));
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      // Missing or unreadable says nothing, as with passt.
      return "";
    }
  }
}
