package org.jpasst.proto;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.config.Outbound;
import org.jpasst.config.RequestedConfiguration;
import org.jpasst.config.TemplateInterface;
import org.jpasst.config.Translation;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.jpasst.vectors.FrameVector;

/** The settings that a vector was recorded with, as far as the guest services go. */
public final class RecordedConfiguration {
  private static final TemplateInterface TEMPLATE = new TemplateInterface("vh", 2);

  private final List<String> options;
  private final List<String> addresses;
  private final List<String> routes;
  private final List<String> resolv;

  private RecordedConfiguration(FrameVector vector) {
    options = vector.options();
    addresses = vector.host().hostAddresses();
    routes = vector.host().hostRoutes();
    resolv = vector.host().resolv().lines().toList();
  }

  /** Those of a vector. */
  public static Configuration of(FrameVector vector) {
    return new RecordedConfiguration(vector).build();
  }

  private Configuration build() {
    var asked = new RequestedConfiguration.Builder();
    asked.mtu = value("--mtu").map(Integer::parseInt).orElse(Configuration.DEFAULT_MTU);
    asked.ourMac = value("--mac-addr").flatMap(MacAddress::parse).orElse(Configuration.DEFAULT_MAC);
    asked.hostName = value("--hostname");
    asked.fullyQualifiedName = value("--fqdn");
    asked.tellResolvers = !has("--no-dhcp-dns");
    asked.tellSearchList = !has("--no-dhcp-search");
    asked.services.tcp = !has("--no-tcp");
    asked.services.udp = !has("--no-udp");
    asked.services.icmp = !has("--no-icmp");
    asked.services.dhcp = !has("--no-dhcp");
    asked.services.dhcpv6 = !has("--no-dhcpv6");
    asked.services.ndp = !has("--no-ndp") && !has("--no-icmp");
    asked.services.ra = !has("--no-ra");
    RequestedConfiguration request = asked.build();
    return new Configuration(
        request,
        has("-6") ? Optional.empty() : Optional.of(ipv4()),
        has("-4") ? Optional.empty() : Optional.of(ipv6()),
        values("--search").isEmpty() ? hostSearchList() : values("--search"),
        request.services(),
        List.of());
  }

  private Ipv4Settings ipv4() {
    IpAddress gateway = asked("--gateway", true).orElseGet(() -> gateway(true));
    return new Ipv4Settings(
        asked("--address", true).orElseGet(() -> hostAddress(true)),
        value("--netmask").map(RecordedConfiguration::prefixLength).orElse(24),
        Optional.of(gateway),
        Optional.of(TEMPLATE),
        resolvers(true),
        new Translation(Optional.of(gateway), Optional.empty(), Optional.empty()),
        Outbound.UNBOUND);
  }

  private Ipv6Settings ipv6() {
    IpAddress gateway = asked("--gateway", false).orElseGet(() -> gateway(false));
    return new Ipv6Settings(
        Optional.of(asked("--address", false).orElseGet(() -> hostAddress(false))),
        Optional.of(gateway),
        gateway.isLinkLocal() ? gateway : IpAddress.parse("fe80::ff:fe00:1").orElseThrow(),
        Optional.of(TEMPLATE),
        resolvers(false),
        new Translation(Optional.of(gateway), Optional.empty(), Optional.empty()),
        Outbound.UNBOUND);
  }

  private List<IpAddress> resolvers(boolean ipv4) {
    Stream<String> texts =
        values("--dns").isEmpty()
            ? resolv.stream().filter(l -> l.startsWith("nameserver ")).map(l -> l.substring(11))
            : values("--dns").stream();
    return texts
        .map(IpAddress::parse)
        .flatMap(Optional::stream)
        .filter(a -> a.isIpv4() == ipv4)
        .toList();
  }

  private List<String> hostSearchList() {
    return resolv.stream()
        .filter(l -> l.startsWith("search "))
        .flatMap(l -> Stream.of(l.substring(7).split(" ")))
        .toList();
  }

  private IpAddress hostAddress(boolean ipv4) {
    return addresses.stream()
        .flatMap(a -> IpAddress.parse(a.substring(0, a.indexOf('/'))).stream())
        .filter(a -> a.isIpv4() == ipv4)
        .findFirst()
        .orElseThrow();
  }

  private IpAddress gateway(boolean ipv4) {
    return routes.stream()
        .flatMap(r -> IpAddress.parse(r.split(" ")[2]).stream())
        .filter(a -> a.isIpv4() == ipv4)
        .findFirst()
        .orElseThrow();
  }

  private Optional<IpAddress> asked(String option, boolean ipv4) {
    return values(option).stream()
        .flatMap(v -> IpAddress.parse(v).stream())
        .filter(a -> a.isIpv4() == ipv4)
        .findFirst();
  }

  private boolean has(String option) {
    return options.contains(option);
  }

  private Optional<String> value(String option) {
    return values(option).stream().findFirst();
  }

  private List<String> values(String option) {
    var values = new ArrayList<String>();
    for (int i = 0; i + 1 < options.size(); i++) {
      if (options.get(i).equals(option)) {
        values.add(options.get(i + 1));
      }
    }
    return values;
  }

  private static int prefixLength(String netmask) {
    return Integer.bitCount(IpAddress.parse(netmask).orElseThrow().ipv4());
  }
}
