package org.jpasst.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.net.IpAddress;

/** A host's network, put together for a test. */
final class FakeHost {
  private final List<HostNetwork.Interface> interfaces = new ArrayList<>();
  private final List<HostNetwork.Address> addresses = new ArrayList<>();
  private final List<HostNetwork.Route> routes = new ArrayList<>();

  FakeHost link(String name, int index) {
    interfaces.add(new HostNetwork.Interface(name, index));
    return this;
  }

  FakeHost address(int index, String prefix) {
    return address(index, prefix, false, false, false);
  }

  FakeHost address(
      int index, String prefix, boolean deprecated, boolean tentative, boolean temporary) {
    addresses.add(
        new HostNetwork.Address(
            index,
            network(prefix),
            length(prefix),
            prefix.startsWith("fe80"),
            deprecated,
            tentative,
            temporary));
    return this;
  }

  FakeHost route(String prefix, int index, String gateway) {
    return route(
        prefix,
        new HostNetwork.Hop(
            index, gateway.isEmpty() ? Optional.empty() : IpAddress.parse(gateway), 0));
  }

  FakeHost route(String prefix, HostNetwork.Hop... hops) {
    routes.add(new HostNetwork.Route(network(prefix), length(prefix), List.of(hops)));
    return this;
  }

  HostNetwork build() {
    return new HostNetwork(interfaces, addresses, routes);
  }

  private static IpAddress network(String prefix) {
    return IpAddress.parse(prefix.substring(0, prefix.indexOf('/'))).orElseThrow();
  }

  private static int length(String prefix) {
    return Integer.parseInt(prefix.substring(prefix.indexOf('/') + 1));
  }
}
