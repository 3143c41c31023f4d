package org.jpasst.config;

import java.util.List;
import java.util.Optional;
import org.jpasst.net.IpAddress;

/**
 * The host's network as found at start, in the kernel's dump order (rtnetlink(7)).
 *
 * @param interfaces all interfaces
 * @param addresses the addresses of both families
 * @param routes unicast routes of the main table, both families, on-link ones too
 */
public record HostNetwork(List<Interface> interfaces, List<Address> addresses, List<Route> routes) {

  /** Copies the lists. */
  public HostNetwork {
    interfaces = List.copyOf(interfaces);
    addresses = List.copyOf(addresses);
    routes = List.copyOf(routes);
  }

  /**
   * An interface.
   *
   * @param name its name
   * @param index its index, 1 or more
   */
  public record Interface(String name, int index) {}

  /**
   * An interface's address.
   *
   * @param interfaceIndex the interface
   * @param address the address itself, not the peer's
   * @param prefixLength of the network it is in, counted in its own family
   * @param linkScope whether its scope is the link or narrower
   * @param deprecated IFA_F_DEPRECATED: not to be used any more
   * @param tentative IFA_F_TENTATIVE or IFA_F_DADFAILED: not, or not yet, ours alone
   * @param temporary IFA_F_TEMPORARY (RFC 8981)
   */
  public record Address(
      int interfaceIndex,
      IpAddress address,
      int prefixLength,
      boolean linkScope,
      boolean deprecated,
      boolean tentative,
      boolean temporary) {

    boolean isUsable() {
      return !deprecated && !tentative;
    }
  }

  /**
   * A route.
   *
   * @param destination the destination's address; unspecified, of its family, for a default route
   * @param prefixLength of the destination, 0 for a default route
   * @param hops one, or several with multipath, in order; never none
   */
  public record Route(IpAddress destination, int prefixLength, List<Hop> hops) {
    /** Copies the list. */
    public Route {
      hops = List.copyOf(hops);
      if (hops.isEmpty()) {
        throw new IllegalArgumentException("a route without a hop");
      }
    }

    boolean isDefault() {
      return prefixLength == 0;
    }
  }

  /**
   * A way out of the host.
   *
   * @param interfaceIndex the interface
   * @param gateway the next router, absent if the destination is on the link
   * @param weight its share among a multipath route's hops; any number elsewhere
   */
  public record Hop(int interfaceIndex, Optional<IpAddress> gateway, int weight) {}

  Optional<TemplateInterface> interfaceNamed(String name) {
    return interfaces.stream()
        .filter(i -> i.name().equals(name))
        .findFirst()
        .map(i -> new TemplateInterface(i.name(), i.index()));
  }

  TemplateInterface interfaceAt(int index) {
    return interfaces.stream()
        .filter(i -> i.index() == index)
        .findFirst()
        .map(i -> new TemplateInterface(i.name(), i.index()))
        .orElseGet(() -> new TemplateInterface("#" + index, index));
  }

  List<Address> addressesOf(int interfaceIndex, boolean ipv4) {
    return addresses.stream()
        .filter(a -> a.interfaceIndex() == interfaceIndex && a.address().isIpv4() == ipv4)
        .toList();
  }

  List<Route> routes(boolean ipv4) {
    return routes.stream().filter(r -> r.destination().isIpv4() == ipv4).toList();
  }
}
