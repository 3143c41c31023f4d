package org.jpasst.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of a run's configuration when the host's network changes. */
final class HostChangesTest {
  private static final String NAMES = "nameserver 192.0.2.53\nsearch example.org\n";

  private final RequestedConfiguration.Builder asked = new RequestedConfiguration.Builder();
  private Optional<ConfigurationResolver> resolver = Optional.empty();

  private Configuration resolve(FakeHost host, String names) {
    if (resolver.isEmpty()) {
      resolver = Optional.of(new ConfigurationResolver(asked.build(), PortRange.DYNAMIC));
    }
    return resolver.get().resolve(host.build(), ResolvConf.parse(names)).configuration();
  }

  private Configuration resolve(FakeHost host) {
    return resolve(host, NAMES);
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private static FakeHost nothing() {
    return new FakeHost().link("lo", 1).link("eth0", 2);
  }

  private static FakeHost home() {
    return nothing()
        .address(2, "192.0.2.1/24")
        .address(2, "fe80::2/64")
        .address(2, "2001:db8::1/64")
        .route("0.0.0.0/0", 2, "192.0.2.2")
        .route("192.0.2.0/24", 2, "")
        .route("::/0", 2, "fe80::9");
  }

  private static FakeHost office() {
    return nothing()
        .address(2, "198.51.100.7/25")
        .address(2, "fe80::2/64")
        .address(2, "2001:db8:1::1/64")
        .route("0.0.0.0/0", 2, "198.51.100.1")
        .route("::/0", 2, "fe80::8");
  }

  private static IpAddress address4(Configuration configuration) {
    return configuration.ipv4().orElseThrow().assigned();
  }

  @Test
  void localModeEndsWhenATemplateAppears() {
    Configuration local = resolve(nothing());
    assertThat(address4(local)).isEqualTo(ip("169.254.2.1"));
    assertThat(local.ipv4().orElseThrow().leaseTime()).isEqualTo(LeaseTime.PROVISIONAL);
    assertThat(local.services().dhcpv6()).isFalse();

    Configuration upgraded = resolve(home());
    assertThat(upgraded)
        .isEqualTo(
            new ConfigurationResolver(asked.build(), PortRange.DYNAMIC)
                .resolve(home().build(), ResolvConf.parse(NAMES))
                .configuration());
    assertThat(upgraded.services().dhcpv6()).isTrue();
  }

  @Test
  void theGuestFollowsTheHostToAnotherNetwork() {
    resolve(home());
    Configuration next = resolve(office(), "nameserver 198.51.100.53\nsearch office.example\n");
    Ipv4Settings four = next.ipv4().orElseThrow();
    assertThat(four.assigned()).isEqualTo(ip("198.51.100.7"));
    assertThat(four.prefixLength()).isEqualTo(25);
    assertThat(four.gateway()).contains(ip("198.51.100.1"));
    assertThat(four.resolvers()).containsExactly(ip("198.51.100.53"));
    assertThat(next.ipv6().orElseThrow().assigned()).contains(ip("2001:db8:1::1"));
    assertThat(next.ipv6().orElseThrow().ourLinkLocal()).isEqualTo(ip("fe80::8"));
    assertThat(next.names().searchList()).containsExactly("office.example");
  }

  @Test
  void whatTheOptionsSayStays() {
    asked.ipv4.address = Optional.of(ip("10.0.0.5"));
    asked.ipv4.gateway = Optional.of(ip("10.0.0.1"));
    asked.ipv4.resolvers.add(ip("10.0.0.53"));
    asked.searchList = Optional.of(List.of("mine.example"));
    Configuration before = resolve(home());
    Configuration after = resolve(office(), "nameserver 198.51.100.53\nsearch office.example\n");
    assertThat(address4(after)).isEqualTo(ip("10.0.0.5"));
    assertThat(after.ipv4().orElseThrow().gateway()).contains(ip("10.0.0.1"));
    assertThat(after.ipv4()).isEqualTo(before.ipv4());
    assertThat(after.names()).isEqualTo(before.names());
  }

  @Test
  void aGuestKeepsItsNetworkWhileTheHostHasNone() {
    Configuration before = resolve(home());
    assertThat(resolve(nothing())).isEqualTo(before);
    assertThat(resolve(home())).isEqualTo(before);
  }

  @Test
  void aBridgeIsNoTemplateForAGuestThatHadAWayOut() {
    Configuration before = resolve(home());
    FakeHost bridge = nothing().link("docker0", 3).address(3, "172.17.0.1/16");
    bridge.route("172.17.0.0/16", 3, "");
    assertThat(resolve(bridge)).isEqualTo(before);
  }

  @Test
  void theRouterStaysWhileOnlyTheDefaultRouteIsGone() {
    Configuration before = resolve(home());
    FakeHost onLink = nothing().address(2, "192.0.2.1/24").route("192.0.2.0/24", 2, "");
    onLink.address(2, "fe80::2/64").address(2, "2001:db8::1/64").route("2001:db8::/64", 2, "");
    assertThat(resolve(onLink)).isEqualTo(before);
  }

  @Test
  void anInterfaceAskedForMayBeGoneForAWhile() {
    asked.interfaceName = Optional.of("eth0");
    Configuration before = resolve(home());
    assertThat(resolve(new FakeHost().link("lo", 1))).isEqualTo(before);
    assertThat(address4(resolve(office()))).isEqualTo(ip("198.51.100.7"));
  }

  @Test
  void anOutboundInterfaceMayBeGoneForAWhile() {
    asked.ipv4.outboundInterface = Optional.of("eth0");
    Configuration before = resolve(home());
    assertThat(resolve(new FakeHost().link("lo", 1))).isEqualTo(before);
  }

  @Test
  void anotherAddressOfTheInterfaceRenumbersNobody() {
    Configuration before = resolve(home());
    assertThat(resolve(home().address(2, "192.0.2.100/32"))).isEqualTo(before);
    FakeHost moved = nothing().address(2, "192.0.2.100/32").route("0.0.0.0/0", 2, "192.0.2.2");
    assertThat(address4(resolve(moved))).isEqualTo(ip("192.0.2.100"));
  }

  @Test
  void aBetterAddressIsTakenWhenItComes() {
    FakeHost local = nothing().address(2, "fe80::2/64").address(2, "fd00::1/64");
    local.route("::/0", 2, "fe80::9");
    assertThat(resolve(local).ipv6().orElseThrow().assigned()).contains(ip("fd00::1"));
    local.address(2, "2001:db8::1/64", false, true, false);
    assertThat(resolve(local).ipv6().orElseThrow().assigned()).contains(ip("fd00::1"));
    local.address(2, "2001:db8::1/64");
    assertThat(resolve(local).ipv6().orElseThrow().assigned()).contains(ip("2001:db8::1"));
  }

  @Test
  void aDeprecatedAddressIsGivenUp() {
    resolve(home());
    FakeHost renumbered = nothing().address(2, "fe80::2/64").route("::/0", 2, "fe80::9");
    renumbered.address(2, "2001:db8::1/64", true, false, false).address(2, "2001:db8:2::1/64");
    assertThat(resolve(renumbered).ipv6().orElseThrow().assigned()).contains(ip("2001:db8:2::1"));
  }

  @Test
  void questionsToFormerResolversGoToThePresentOne() {
    resolve(home());
    Ipv4Settings vpn = resolve(home(), "nameserver 127.0.0.53\n").ipv4().orElseThrow();
    assertThat(vpn.resolvers()).containsExactly(ip("192.0.2.2"));
    assertThat(vpn.translation().dns())
        .contains(new DnsRedirection(ip("192.0.2.2"), ip("127.0.0.53")));
    assertThat(vpn.translation().formerDns())
        .containsExactly(new DnsRedirection(ip("192.0.2.53"), ip("127.0.0.53")));

    Ipv4Settings back = resolve(home()).ipv4().orElseThrow();
    assertThat(back.resolvers()).containsExactly(ip("192.0.2.53"));
    assertThat(back.translation().formerDns())
        .containsExactly(new DnsRedirection(ip("192.0.2.2"), ip("192.0.2.53")));
  }

  @Test
  void theAddressThatQuestionsAreForwardedFromStays() {
    asked.ipv4.dnsForward = Optional.of(ip("192.0.2.250"));
    resolve(home());
    Ipv4Settings next = resolve(home(), "nameserver 127.0.0.53\n").ipv4().orElseThrow();
    assertThat(next.resolvers()).containsExactly(ip("192.0.2.250"));
    assertThat(next.translation().dns())
        .contains(new DnsRedirection(ip("192.0.2.250"), ip("127.0.0.53")));
  }

  @ParameterizedTest
  @CsvSource({
    "'0.0.0.0/0 2 192.0.2.2', 2",
    "'0.0.0.0/0 3 198.51.100.2|0.0.0.0/0 2 192.0.2.2', 3",
    "'192.0.2.0/24 2 -|0.0.0.0/0 3 198.51.100.2', 3",
    "'192.0.2.0/24 2 -|198.51.100.0/24 3 -', 2",
    "'0.0.0.0/0 4 -|192.0.2.0/24 2 -', 4",
    "'0.0.0.0/0 1 -|192.0.2.0/24 2 -', 2",
    "'169.254.0.0/16 2 -|198.51.100.0/24 3 -', 3",
    "'0.0.0.0/1 4 -|128.0.0.0/1 4 -|0.0.0.0/0 2 192.0.2.2', 2",
    "'203.0.113.0/24 4 -', 4",
    "'0.0.0.0/0 2 192.0.2.2|0.0.0.0/0 4 -', 2",
  })
  void theTemplateFollowsFromTheRoutes(String routes, int index) {
    // A tunnel has no Ethernet address, and often no router.
    FakeHost host = nothing().link("wlan0", 3).link("tun0", 4);
    host.address(2, "192.0.2.1/24").address(3, "198.51.100.1/24").address(4, "203.0.113.1/32");
    for (String route : routes.split("[|]")) {
      String[] words = route.split(" ");
      host.route(words[0], Integer.parseInt(words[1]), words[2].replace("-", ""));
    }
    assertThat(resolve(host).ipv4().orElseThrow().template())
        .hasValueSatisfying(template -> assertThat(template.index()).isEqualTo(index));
  }
}
