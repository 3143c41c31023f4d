package org.jpasst.config;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jpasst.net.IpAddress;

/**
 * Finds what one family of the guest takes over from the host. The interface is the one asked for;
 * else that of the first default route; else that of the first route at all. The kernel lists
 * routes to one destination by metric, so the first is the one it prefers. Where no route leads
 * out, or the interface has no address to take over, the family is in local mode.
 */
final class TemplateSearch {
  /** The loopback interface has index 1 in every network namespace. */
  private static final int LOOPBACK_INDEX = 1;

  private final HostNetwork host;
  private final Optional<String> asked;
  private final boolean atStart;
  private final Consumer<Notice> notices;

  /**
   * Prepares a search.
   *
   * @param host the host's network
   * @param asked the name of the interface asked for both families
   * @param atStart what is asked for must be there; later on it may be gone for a while
   * @param notices takes what the user must or may know
   */
  TemplateSearch(
      HostNetwork host, Optional<String> asked, boolean atStart, Consumer<Notice> notices) {
    this.host = host;
    this.asked = asked;
    this.atStart = atStart;
    this.notices = notices;
  }

  private Optional<TemplateInterface> existing(String name) {
    Optional<TemplateInterface> found = host.interfaceNamed(name);
    if (found.isEmpty() && atStart) {
      throw new ConfigurationException(
          "--interface " + name + ": no such interface; \"ip link\" lists them");
    }
    return found;
  }

  /**
   * The template of one family.
   *
   * @param ipv4 which family
   * @param family what is asked of it
   * @param former the template so far, local mode at start
   * @throws ConfigurationException if, at start, there is no interface of the name asked for, or
   *     sockets shall be bound to an interface and the family is in local mode
   */
  Template find(boolean ipv4, RequestedFamily family, Template former) {
    Optional<TemplateInterface> found =
        asked.isPresent() ? existing(asked.get()) : outbound(ipv4, family).or(() -> byRoute(ipv4));
    if (found.isEmpty()) {
      notices.accept(Notice.info("No " + family(ipv4) + " route leads out of this host"));
      return localMode(ipv4, family, "");
    }
    TemplateInterface source = found.get();
    Optional<HostNetwork.Address> address = address(source, ipv4, former);
    if (address.isEmpty() && family.address().isEmpty()) {
      return localMode(ipv4, family, ": " + source + " has no usable address");
    }
    return new Template(
        found, address, gateway(source, ipv4), linkLocal(source), leadsOut(source, ipv4));
  }

  private Optional<TemplateInterface> outbound(boolean ipv4, RequestedFamily family) {
    Optional<String> name = family.outbound().interfaceName();
    Optional<TemplateInterface> bound = name.flatMap(host::interfaceNamed);
    if (name.isPresent() && bound.isEmpty()) {
      notices.accept(
          Notice.warning(
              String.format(
                  "%s %s: no such interface; nothing gets out before there is one",
                  outboundOption(ipv4), name.get())));
    }
    return bound;
  }

  private Optional<TemplateInterface> byRoute(boolean ipv4) {
    List<HostNetwork.Route> routes = host.routes(ipv4);
    List<Integer> defaults = interfaces(routes, true);
    List<Integer> candidates = defaults.isEmpty() ? interfaces(routes, false) : defaults;
    if (candidates.isEmpty()) {
      return Optional.empty();
    }
    TemplateInterface chosen = host.interfaceAt(candidates.getFirst());
    if (candidates.size() > 1) {
      notices.accept(
          Notice.info(
              String.format(
                  "Several interfaces have %s%s routes: taking %s, the first; -i takes another",
                  defaults.isEmpty() ? "" : "default ", family(ipv4), chosen)));
    }
    return Optional.of(chosen);
  }

  private static List<Integer> interfaces(List<HostNetwork.Route> routes, boolean defaults) {
    return routes.stream()
        .filter(route -> route.isDefault() == defaults && !route.destination().isLinkLocal())
        .map(route -> route.hops().getFirst().interfaceIndex())
        .filter(index -> index != LOOPBACK_INDEX)
        .distinct()
        .toList();
  }

  private Template localMode(boolean ipv4, RequestedFamily family, String reason) {
    family
        .outbound()
        .interfaceName()
        .filter(name -> atStart)
        .ifPresent(
            name -> {
              throw new ConfigurationException(
                  String.format(
                      "%s %s: external interface not usable, no %s address or route to take over;"
                          + " give it one, or leave the option out",
                      outboundOption(ipv4), name, family(ipv4)));
            });
    notices.accept(Notice.info("Local mode for " + family(ipv4) + reason));
    return Template.LOCAL_MODE;
  }

  /**
   * The interface's best address, as RFC 6724 section 5 would choose a source for the internet:
   * never one that is deprecated or tentative; lasting before temporary (RFC 8981), since the guest
   * keeps it; global before unique local (RFC 4193) before link-local. Of equals, the one taken so
   * far, so that the guest isn't renumbered whenever another one is added; then, as passt, the
   * longest prefix and the first.
   */
  private Optional<HostNetwork.Address> address(
      TemplateInterface source, boolean ipv4, Template former) {
    return host.addressesOf(source.index(), ipv4).stream()
        .filter(a -> a.isUsable() && (ipv4 || !isLinkScope(a)))
        .min(
            Comparator.comparing(HostNetwork.Address::temporary)
                .thenComparing(TemplateSearch::isLinkScope)
                .thenComparing(a -> isUniqueLocal(a.address()))
                .thenComparing(a -> !isTakenFrom(former, source, a))
                .thenComparingInt(a -> -a.prefixLength()));
  }

  private static boolean isTakenFrom(
      Template former, TemplateInterface source, HostNetwork.Address address) {
    return former.source().equals(Optional.of(source))
        && former
            .address()
            .map(HostNetwork.Address::address)
            .equals(Optional.of(address.address()));
  }

  private Optional<IpAddress> linkLocal(TemplateInterface source) {
    return host.addressesOf(source.index(), false).stream()
        .filter(a -> a.address().isLinkLocal() && !a.tentative())
        .map(HostNetwork.Address::address)
        .findFirst();
  }

  private static boolean isLinkScope(HostNetwork.Address address) {
    return address.linkScope() || address.address().isLinkLocal();
  }

  /** Whether the address is in fc00::/7. */
  private static boolean isUniqueLocal(IpAddress address) {
    return (address.hi() >>> 57) == 0x7e;
  }

  private boolean leadsOut(TemplateInterface source, boolean ipv4) {
    return host.routes(ipv4).stream()
        .filter(HostNetwork.Route::isDefault)
        .flatMap(route -> route.hops().stream())
        .anyMatch(hop -> hop.interfaceIndex() == source.index());
  }

  /** The router of the interface's first default route. */
  private Optional<IpAddress> gateway(TemplateInterface source, boolean ipv4) {
    return host.routes(ipv4).stream()
        .filter(HostNetwork.Route::isDefault)
        .map(route -> heaviest(route, source.index(), ipv4))
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** The router of the route's heaviest hop on an interface, the last one where weights tie. */
  private static Optional<IpAddress> heaviest(
      HostNetwork.Route route, int interfaceIndex, boolean ipv4) {
    Optional<IpAddress> gateway = Optional.empty();
    int weight = Integer.MIN_VALUE;
    for (HostNetwork.Hop hop : route.hops()) {
      if (hop.interfaceIndex() == interfaceIndex
          && hop.weight() >= weight
          && hop.gateway().filter(address -> address.isIpv4() == ipv4).isPresent()) {
        gateway = hop.gateway();
        weight = hop.weight();
      }
    }
    return gateway;
  }

  private static String family(boolean ipv4) {
    return ipv4 ? "IPv4" : "IPv6";
  }

  private static String outboundOption(boolean ipv4) {
    return ipv4 ? "--outbound-if4" : "--outbound-if6";
  }
}
