package org.jpasst.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jpasst.net.IpAddress;

/**
 * Makes a {@link Configuration} of what the command line asks for and what the host has: template
 * interfaces, the guest's addresses and routers, resolvers, forwarding rules. Asked again, when the
 * host has changed, it remembers the templates: see {@link Template#after}.
 */
public final class ConfigurationResolver {
  /** The guest's address where the host has no IPv4 route to copy (RFC 3927). */
  static final IpAddress LOCAL_MODE_ADDRESS = IpAddress.ofIpv4(0xa9fe0201);

  /** Its gateway, and our own address. */
  static final IpAddress LOCAL_MODE_GATEWAY = IpAddress.ofIpv4(0xa9fe0202);

  /** Our own link-local address where the host has none to copy, fe80::1. */
  static final IpAddress LOCAL_MODE_LINK_LOCAL = new IpAddress(0xfe80L << 48, 1);

  private static final int LOCAL_MODE_PREFIX_LENGTH = 16;

  /** RFC 791: every host must be able to forward a datagram of 68 bytes. */
  private static final int MIN_MTU_IPV4 = 68;

  /** RFC 8200 section 5. */
  private static final int MIN_MTU_IPV6 = 1280;

  private final RequestedConfiguration asked;
  private final PortRange ephemeral;
  private Template template4 = Template.LOCAL_MODE;
  private Template template6 = Template.LOCAL_MODE;
  private final FormerResolvers former4 = new FormerResolvers();
  private final FormerResolvers former6 = new FormerResolvers();
  private boolean atStart = true;
  private ResolvConf resolvConf = ResolvConf.EMPTY;
  private List<Notice> notices = List.of();

  /**
   * For one run.
   *
   * @param asked what the command line asks for
   * @param ephemeral the ports that the host gives to sockets that ask for none
   */
  public ConfigurationResolver(RequestedConfiguration asked, PortRange ephemeral) {
    this.asked = asked;
    this.ephemeral = ephemeral;
  }

  /**
   * What came of it.
   *
   * @param configuration the settings of the run
   * @param notices what the user must or may know about how they came about, in order
   */
  public record Resolution(Configuration configuration, List<Notice> notices) {
    /** Copies the list. */
    public Resolution {
      notices = List.copyOf(notices);
    }
  }

  /**
   * Resolves.
   *
   * @param host the host's network as it is now
   * @param names the host's resolvers and search list
   * @throws ConfigurationException if something asked for can't be had; nothing is remembered then
   */
  public Resolution resolve(HostNetwork host, ResolvConf names) {
    notices = new ArrayList<>();
    resolvConf = names;
    var search = new TemplateSearch(host, asked.interfaceName(), atStart, notices::add);
    Template found4 = template(search, true, asked.ipv4(), template4);
    Template found6 = template(search, false, asked.ipv6(), template6);
    template4 = found4;
    template6 = found6;
    atStart = false;
    Optional<Ipv4Settings> ipv4 = asked.ipv4().map(this::ipv4);
    Optional<Ipv6Settings> ipv6 = asked.ipv6().map(this::ipv6);
    Services services = services(ipv4, ipv6);
    warnOfSmallMtu();
    warnOfMissingResolvers(ipv4, ipv6, services);
    return new Resolution(
        new Configuration(asked, ipv4, ipv6, searchList(), services, forwards()), notices);
  }

  private static Template template(
      TemplateSearch search, boolean ipv4, Optional<RequestedFamily> family, Template former) {
    return family
        .map(wanted -> search.find(ipv4, wanted, former).after(former))
        .orElse(Template.LOCAL_MODE);
  }

  private Ipv4Settings ipv4(RequestedFamily family) {
    Template template = template4;
    IpAddress address =
        family
            .address()
            .or(() -> template.address().map(HostNetwork.Address::address))
            .orElse(LOCAL_MODE_ADDRESS);
    Optional<IpAddress> gateway = gateway(family, template, LOCAL_MODE_GATEWAY);
    Optional<IpAddress> hostLoopback = hostLoopback(family, gateway);
    ResolverSelection resolvers = resolvers(family, true, hostLoopback);
    int prefixLength = prefixLength(family, template);
    return new Ipv4Settings(
        address,
        prefixLength == 0 ? classPrefixLength(address) : prefixLength,
        gateway,
        template.source(),
        resolvers.told(),
        translation(family, hostLoopback, resolvers, former4),
        family.outbound());
  }

  /** The prefix asked for, else that of the address taken over; 0 stands for the class's. */
  private static int prefixLength(RequestedFamily family, Template template) {
    if (family.prefixLength().isPresent()) {
      return family.prefixLength().getAsInt();
    }
    if (family.address().isPresent()) {
      return 0;
    }
    return template
        .address()
        .map(HostNetwork.Address::prefixLength)
        .orElse(LOCAL_MODE_PREFIX_LENGTH);
  }

  /** The network part of a classful address (RFC 791 section 3.2); 32 where there is no class. */
  private static int classPrefixLength(IpAddress address) {
    int first = address.ipv4() >>> 24;
    return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : 32;
  }

  private Ipv6Settings ipv6(RequestedFamily family) {
    Template template = template6;
    Optional<IpAddress> gateway = gateway(family, template, LOCAL_MODE_LINK_LOCAL);
    Optional<IpAddress> hostLoopback = hostLoopback(family, gateway);
    ResolverSelection resolvers = resolvers(family, false, hostLoopback);
    return new Ipv6Settings(
        family.address().or(() -> template.address().map(HostNetwork.Address::address)),
        gateway,
        gateway
            .filter(IpAddress::isLinkLocal)
            .or(template::linkLocal)
            .orElse(LOCAL_MODE_LINK_LOCAL),
        template.source(),
        resolvers.told(),
        translation(family, hostLoopback, resolvers, former6),
        family.outbound());
  }

  private static Optional<IpAddress> gateway(
      RequestedFamily family, Template template, IpAddress ofLocalMode) {
    return family
        .gateway()
        .or(() -> template.isLocalMode() ? Optional.of(ofLocalMode) : template.gateway());
  }

  private static Translation translation(
      RequestedFamily family,
      Optional<IpAddress> hostLoopback,
      ResolverSelection resolvers,
      FormerResolvers former) {
    return new Translation(
        hostLoopback, family.mapGuestAddress(), resolvers.redirection(), former.after(resolvers));
  }

  private Optional<IpAddress> hostLoopback(RequestedFamily family, Optional<IpAddress> gateway) {
    return family.mapHostLoopback().or(() -> asked.mapGateway() ? gateway : Optional.empty());
  }

  private ResolverSelection resolvers(
      RequestedFamily family, boolean ipv4, Optional<IpAddress> hostLoopback) {
    List<IpAddress> found =
        asked.withoutResolvers()
            ? List.of()
            : resolvConf.resolvers().stream()
                .filter(r -> r.isIpv4() == ipv4 && !r.isUnspecified())
                .toList();
    return ResolverSelection.select(family, found, hostLoopback, notices::add);
  }

  private Services services(Optional<Ipv4Settings> ipv4, Optional<Ipv6Settings> ipv6) {
    Services wanted = asked.services();
    boolean ndp = wanted.ndp() && wanted.icmp() && ipv6.isPresent();
    return new Services(
        wanted.tcp(),
        wanted.udp(),
        wanted.icmp(),
        wanted.dhcp() && ipv4.flatMap(Ipv4Settings::gateway).isPresent(),
        wanted.dhcpv6() && ipv6.flatMap(Ipv6Settings::assigned).isPresent(),
        ndp,
        wanted.ra() && ndp);
  }

  private void warnOfSmallMtu() {
    if (asked.mtu() == 0) {
      return;
    }
    if (asked.ipv4().isPresent() && asked.mtu() < MIN_MTU_IPV4) {
      notices.add(Notice.warning("MTU " + asked.mtu() + " is too small for IPv4, at least 68"));
    }
    if (asked.ipv6().isPresent() && asked.mtu() < MIN_MTU_IPV6) {
      notices.add(Notice.warning("MTU " + asked.mtu() + " is too small for IPv6, at least 1280"));
    }
  }

  private void warnOfMissingResolvers(
      Optional<Ipv4Settings> ipv4, Optional<Ipv6Settings> ipv6, Services services) {
    if (asked.withoutResolvers() || !asked.tellResolvers()) {
      return;
    }
    boolean none4 = ipv4.map(Ipv4Settings::resolvers).orElse(List.of()).isEmpty();
    boolean none6 = ipv6.map(Ipv6Settings::resolvers).orElse(List.of()).isEmpty();
    if (none4 && none6) {
      notices.add(Notice.warning("No resolver for the guest; give one with --dns"));
      return;
    }
    if (none4 && services.dhcp()) {
      notices.add(Notice.warning("No IPv4 resolver for DHCP; give one with --dns"));
    }
    if (none6 && (services.ra() || services.dhcpv6())) {
      notices.add(Notice.warning("No IPv6 resolver for NDP and DHCPv6; give one with --dns"));
    }
  }

  private List<String> searchList() {
    return asked
        .searchList()
        .orElseGet(
            () ->
                resolvConf.searchList().stream()
                    .distinct()
                    .limit(RequestedConfiguration.MAX_SEARCH_LIST)
                    .toList());
  }

  private List<ForwardRule> forwards() {
    ForwardRules rules =
        new ForwardRules(asked.ipv4().isPresent(), asked.ipv6().isPresent(), ephemeral);
    for (RequestedConfiguration.Forward forward : asked.forwards()) {
      boolean served =
          switch (forward.protocol()) {
            case TCP -> asked.services().tcp();
            case UDP -> asked.services().udp();
          };
      if (!served && ForwardRules.forwards(forward.spec())) {
        throw new ConfigurationException(
            String.format(
                "%s %s: %s is off by --no-%s; leave out either",
                ForwardRules.option(forward.protocol()),
                forward.spec(),
                forward.protocol(),
                forward.protocol().name().toLowerCase(Locale.ROOT)));
      }
      rules.add(forward.protocol(), forward.spec());
    }
    return rules.rules();
  }
}
