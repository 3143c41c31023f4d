package org.jpasst.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationResolverTest {
  private final FakeHost host = new FakeHost();
  private final RequestedConfiguration.Builder asked = new RequestedConfiguration.Builder();
  private String resolvConf = "nameserver 192.0.2.53\nnameserver 2001:db8::53\n";
  private List<String> notices = List.of();

  private static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  private Configuration resolve() {
    ConfigurationResolver.Resolution resolution =
        new ConfigurationResolver(asked.build(), PortRange.DYNAMIC)
            .resolve(host.build(), ResolvConf.parse(resolvConf));
    notices = resolution.notices().stream().map(Notice::text).toList();
    return resolution.configuration();
  }

  private Ipv4Settings ipv4() {
    return resolve().ipv4().orElseThrow();
  }

  private Ipv6Settings ipv6() {
    return resolve().ipv6().orElseThrow();
  }

  /** The host of the recorded vectors: one interface with both families and default routes. */
  private void usualHost() {
    host.link("eth0", 2)
        .address(2, "192.0.2.1/24")
        .address(2, "2001:db8::1/64")
        .address(2, "fe80::2/64")
        .route("0.0.0.0/0", 2, "192.0.2.2")
        .route("192.0.2.0/24", 2, "")
        .route("::/0", 2, "2001:db8::2");
  }

  @Test
  void theGuestTakesTheHostsPlace() {
    usualHost();
    Ipv4Settings four = ipv4();
    assertThat(four.assigned()).isEqualTo(ip("192.0.2.1"));
    assertThat(four.prefixLength()).isEqualTo(24);
    assertThat(four.gateway()).contains(ip("192.0.2.2"));
    assertThat(four.ourAddress()).contains(ip("192.0.2.2"));
    assertThat(four.template()).contains(new TemplateInterface("eth0", 2));
    assertThat(four.resolvers()).containsExactly(ip("192.0.2.53"));
    assertThat(four.translation().hostLoopback()).contains(ip("192.0.2.2"));
    Ipv6Settings six = ipv6();
    assertThat(six.assigned()).contains(ip("2001:db8::1"));
    assertThat(six.gateway()).contains(ip("2001:db8::2"));
    assertThat(six.ourLinkLocal()).isEqualTo(ip("fe80::2"));
    assertThat(six.resolvers()).containsExactly(ip("2001:db8::53"));
    assertThat(six.translation().hostLoopback()).contains(ip("2001:db8::2"));
    assertThat(resolve().services())
        .isEqualTo(new Services(true, true, true, true, true, true, true));
    assertThat(notices).isEmpty();
  }

  @Test
  void theTemplateIsThatOfTheFirstDefaultRoute() {
    host.link("lo", 1).link("eth0", 2).link("wlan0", 3).link("br0", 4);
    host.address(2, "192.0.2.1/24").address(3, "198.51.100.1/24").address(4, "203.0.113.1/24");
    host.route("203.0.113.0/24", 4, "").route("0.0.0.0/0", 1, "");
    host.route("0.0.0.0/0", 3, "198.51.100.2").route("0.0.0.0/0", 2, "192.0.2.2");
    assertThat(ipv4().assigned()).isEqualTo(ip("198.51.100.1"));
    assertThat(ipv4().gateway()).contains(ip("198.51.100.2"));
    assertThat(notices)
        .contains(
            "Several interfaces have default IPv4 routes: taking wlan0, the first; -i takes"
                + " another");
    asked.interfaceName = Optional.of("eth0");
    assertThat(ipv4().gateway()).contains(ip("192.0.2.2"));
    asked.interfaceName = Optional.of("br0");
    assertThat(ipv4().gateway()).isEmpty();
    assertThat(resolve().services().dhcp()).isFalse();
  }

  @Test
  void withoutDefaultRouteTheFirstOtherRouteCounts() {
    host.link("lo", 1).link("eth0", 2).link("eth1", 3);
    host.address(2, "169.254.7.7/16").address(3, "198.51.100.1/24");
    host.route("169.254.0.0/16", 2, "").route("198.51.100.0/24", 3, "");
    assertThat(ipv4().template()).contains(new TemplateInterface("eth1", 3));
  }

  @Test
  void anOutboundInterfaceIsTheTemplateIfItExists() {
    usualHost();
    host.link("wg0", 7).address(7, "10.9.0.2/32").route("0.0.0.0/0", 7, "");
    asked.ipv4.outboundInterface = Optional.of("wg0");
    assertThat(ipv4().template()).contains(new TemplateInterface("wg0", 7));
    assertThat(ipv4().outbound().interfaceName()).contains("wg0");
    asked.ipv4.outboundInterface = Optional.of("wg9");
    assertThat(ipv4().template()).contains(new TemplateInterface("eth0", 2));
    assertThat(notices)
        .contains("--outbound-if4 wg9: no such interface; nothing gets out before there is one");
  }

  @Test
  void anOutboundInterfaceInLocalModeIsAnError() {
    asked.ipv6.outboundInterface = Optional.of("eth0");
    assertThatThrownBy(this::resolve)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("--outbound-if6 eth0: external interface not usable");
  }

  @Test
  void anUnknownInterfaceIsAnError() {
    usualHost();
    asked.interfaceName = Optional.of("eth9");
    assertThatThrownBy(this::resolve).hasMessageContaining("--interface eth9: no such interface");
  }

  @Test
  void withoutRoutesBothFamiliesAreLocal() {
    Ipv4Settings four = ipv4();
    assertThat(four.assigned()).isEqualTo(ip("169.254.2.1"));
    assertThat(four.prefixLength()).isEqualTo(16);
    assertThat(four.gateway()).contains(ip("169.254.2.2"));
    assertThat(four.translation().hostLoopback()).contains(ip("169.254.2.2"));
    assertThat(four.template()).isEmpty();
    Ipv6Settings six = ipv6();
    assertThat(six.assigned()).isEmpty();
    assertThat(six.gateway()).contains(ip("fe80::1"));
    assertThat(six.ourLinkLocal()).isEqualTo(ip("fe80::1"));
    assertThat(six.translation().hostLoopback()).contains(ip("fe80::1"));
    assertThat(resolve().services().dhcp()).isTrue();
    assertThat(resolve().services().dhcpv6()).isFalse();
    assertThat(notices)
        .containsExactly(
            "No IPv4 route leads out of this host",
            "Local mode for IPv4",
            "No IPv6 route leads out of this host",
            "Local mode for IPv6");
  }

  @Test
  void anInterfaceWithoutAddressMeansLocalModeForThatFamily() {
    host.link("eth0", 2).address(2, "192.0.2.1/24").route("0.0.0.0/0", 2, "192.0.2.2");
    host.route("::/0", 2, "fe80::9").address(2, "fe80::2/64");
    assertThat(ipv4().template()).isPresent();
    assertThat(ipv6().template()).isEmpty();
    assertThat(notices).containsExactly("Local mode for IPv6: eth0 has no usable address");
  }

  @Test
  void anInterfaceWithoutLinkLocalStillServesIpv6() {
    host.link("wg0", 2).address(2, "2001:db8::7/128").route("::/0", 2, "");
    assertThat(ipv6().assigned()).contains(ip("2001:db8::7"));
    assertThat(ipv6().ourLinkLocal()).isEqualTo(ip("fe80::1"));
  }

  @Test
  void aLinkLocalGatewayIsOurAddress() {
    usualHost();
    asked.ipv6.gateway = Optional.of(ip("fe80::99"));
    assertThat(ipv6().ourLinkLocal()).isEqualTo(ip("fe80::99"));
  }

  @Test
  void theLongestPrefixWinsAndTheFirstOfEquals() {
    host.link("eth0", 2).route("0.0.0.0/0", 2, "192.0.2.2");
    host.address(2, "192.0.2.1/24").address(2, "192.0.2.9/32", true, false, false);
    host.address(2, "192.0.2.5/28").address(2, "192.0.2.6/28");
    assertThat(ipv4().assigned()).isEqualTo(ip("192.0.2.5"));
    assertThat(ipv4().prefixLength()).isEqualTo(28);
  }

  @Test
  void globalLastingAddressesGoBeforeUniqueLocalAndTemporaryOnes() {
    host.link("eth0", 2).address(2, "fe80::2/64").route("::/0", 2, "fe80::1");
    host.address(2, "2001:db8::dead/128", true, false, false);
    host.address(2, "2001:db8::beef/128", false, true, false);
    host.address(2, "fd00::1/64").address(2, "2001:db8::7/64", false, false, true);
    host.address(2, "2001:db8::1/64");
    assertThat(ipv6().assigned()).contains(ip("2001:db8::1"));
    host.address(2, "fd00::2/128");
    assertThat(ipv6().assigned()).contains(ip("2001:db8::1"));
    host.address(2, "2001:db8::2/128");
    assertThat(ipv6().assigned()).contains(ip("2001:db8::2"));
  }

  @Test
  void ofSeveralHopsTheHeaviestOnTheInterfaceIsTheGateway() {
    host.link("eth0", 2).link("eth1", 3).address(2, "192.0.2.1/24");
    host.route(
        "0.0.0.0/0",
        new HostNetwork.Hop(2, Optional.of(ip("192.0.2.2")), 1),
        new HostNetwork.Hop(2, Optional.of(ip("192.0.2.3")), 5),
        new HostNetwork.Hop(2, Optional.of(ip("192.0.2.4")), 5),
        new HostNetwork.Hop(3, Optional.of(ip("198.51.100.2")), 9));
    assertThat(ipv4().gateway()).contains(ip("192.0.2.4"));
  }

  @ParameterizedTest
  @CsvSource({"10.1.2.3, 8", "172.16.1.1, 16", "192.168.1.1, 24", "240.0.0.1, 32"})
  void anAddressWithoutPrefixHasThatOfItsClass(String address, int length) {
    usualHost();
    asked.ipv4.address = Optional.of(ip(address));
    assertThat(ipv4().prefixLength()).isEqualTo(length);
    asked.ipv4.prefixLength = OptionalInt.of(0);
    assertThat(ipv4().prefixLength()).isEqualTo(length);
    asked.ipv4.prefixLength = OptionalInt.of(20);
    assertThat(ipv4().prefixLength()).isEqualTo(20);
    assertThat(ipv4().netmask()).isEqualTo(0xfffff000);
  }

  @Test
  void aNetmaskAloneReplacesTheHosts() {
    usualHost();
    asked.ipv4.prefixLength = OptionalInt.of(16);
    assertThat(ipv4().assigned()).isEqualTo(ip("192.0.2.1"));
    assertThat(ipv4().prefixLength()).isEqualTo(16);
  }

  @Test
  void anAddressAskedForIsTakenInLocalModeToo() {
    asked.ipv4.address = Optional.of(ip("10.0.0.5"));
    asked.ipv6.address = Optional.of(ip("2001:db8::5"));
    assertThat(ipv4().assigned()).isEqualTo(ip("10.0.0.5"));
    assertThat(ipv4().gateway()).contains(ip("169.254.2.2"));
    assertThat(ipv6().assigned()).contains(ip("2001:db8::5"));
    assertThat(resolve().services().dhcpv6()).isTrue();
  }

  @Test
  void theGatewayStandsForTheHostUnlessToldOtherwise() {
    usualHost();
    asked.mapGateway = false;
    assertThat(ipv4().translation()).isEqualTo(Translation.NONE);
    asked.ipv4.mapHostLoopback = Optional.of(ip("192.0.2.250"));
    assertThat(ipv4().translation().hostLoopback()).contains(ip("192.0.2.250"));
    asked.ipv4.mapGuestAddress = Optional.of(ip("192.0.2.251"));
    assertThat(ipv4().translation().guestAddress()).contains(ip("192.0.2.251"));
  }

  /** addresses.md, section 3: gateway 192.0.2.2, mapped to the loopback where "mapped". */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // file, mapped, dns-forward, dns-host; told, redirected from, to
        "192.0.2.53, true, -, -, 192.0.2.53, -, -",
        "127.0.0.53, true, -, -, 192.0.2.2, 192.0.2.2, 127.0.0.53",
        "127.0.0.53, false, -, -, '', -, -",
        "192.0.2.2, true, -, -, 192.0.2.2, 192.0.2.2, 192.0.2.2",
        "192.0.2.2, false, -, -, 192.0.2.2, -, -",
        "127.0.0.53, true, 192.0.2.9, -, 192.0.2.9, 192.0.2.9, 127.0.0.53",
        "127.0.0.53, false, 192.0.2.9, -, 192.0.2.9, 192.0.2.9, 127.0.0.53",
        "192.0.2.53, true, 192.0.2.9, -, 192.0.2.53, 192.0.2.9, 192.0.2.53",
        "127.0.0.53, true, -, 192.0.2.8, 192.0.2.2, 192.0.2.2, 192.0.2.8",
        "127.0.0.53 192.0.2.2 192.0.2.53, true, -, -, 192.0.2.2 192.0.2.53, 192.0.2.2, 127.0.0.53",
        "1.1.1.1 1.1.1.1 2.2.2.2 3.3.3.3 4.4.4.4, true, -, -, 1.1.1.1 2.2.2.2 3.3.3.3, -, -",
        "0.0.0.0 1.1.1.1, true, -, -, 1.1.1.1, -, -",
        "'', true, 192.0.2.9, 192.0.2.8, '', 192.0.2.9, 192.0.2.8",
        "'', true, 192.0.2.9, -, '', -, -"
      })
  void resolversTheGuestCannotReachAreReplaced(
      String file,
      boolean mapped,
      String forward,
      String dnsHost,
      String told,
      String from,
      String to) {
    usualHost();
    resolvConf = file.isEmpty() ? "" : "nameserver " + file.replace(" ", "\nnameserver ");
    asked.mapGateway = mapped;
    asked.ipv4.dnsForward = Optional.ofNullable(forward).map(ConfigurationResolverTest::ip);
    asked.ipv4.dnsHost = Optional.ofNullable(dnsHost).map(ConfigurationResolverTest::ip);
    Ipv4Settings settings = ipv4();
    assertThat(settings.resolvers().stream().map(IpAddress::toString).toList())
        .isEqualTo(told.isEmpty() ? List.of() : List.of(told.split(" ")));
    assertThat(settings.translation().dns())
        .isEqualTo(Optional.ofNullable(from).map(seen -> new DnsRedirection(ip(seen), ip(to))));
  }

  @Test
  void resolversAskedForAreToldVerbatimAndEachFamilyByItself() {
    usualHost();
    asked.ipv4.resolvers.addAll(List.of(ip("127.0.0.1"), ip("192.0.2.2")));
    asked.ipv4.dnsForward = Optional.of(ip("192.0.2.9"));
    assertThat(ipv4().resolvers()).containsExactly(ip("127.0.0.1"), ip("192.0.2.2"));
    assertThat(ipv4().translation().dns())
        .contains(new DnsRedirection(ip("192.0.2.9"), ip("192.0.2.53")));
    assertThat(ipv6().resolvers()).containsExactly(ip("2001:db8::53"));
    resolvConf = "";
    assertThat(ipv4().translation().dns())
        .contains(new DnsRedirection(ip("192.0.2.9"), ip("127.0.0.1")));
  }

  @Test
  void noneMeansNoResolverAndNoWarning() {
    usualHost();
    asked.withoutResolvers = true;
    assertThat(ipv4().resolvers()).isEmpty();
    assertThat(ipv6().resolvers()).isEmpty();
    assertThat(notices).isEmpty();
  }

  @Test
  void missingResolversAreSaidOnce() {
    usualHost();
    resolvConf = "";
    resolve();
    assertThat(notices).containsExactly("No resolver for the guest; give one with --dns");
    resolvConf = "nameserver 192.0.2.53";
    resolve();
    assertThat(notices).containsExactly("No IPv6 resolver for NDP and DHCPv6; give one with --dns");
    resolvConf = "nameserver 2001:db8::53";
    resolve();
    assertThat(notices).containsExactly("No IPv4 resolver for DHCP; give one with --dns");
    asked.tellResolvers = false;
    resolve();
    assertThat(notices).isEmpty();
  }

  @Test
  void theSearchListIsTheHostsUnlessGiven() {
    usualHost();
    resolvConf += "search a.example b.example a.example\n";
    assertThat(resolve().names().searchList()).containsExactly("a.example", "b.example");
    asked.searchList = Optional.of(List.of("c.example"));
    assertThat(resolve().names().searchList()).containsExactly("c.example");
    asked.searchList = Optional.of(List.of());
    assertThat(resolve().names().searchList()).isEmpty();
  }

  @Test
  void withoutIcmpThereIsNoNeighbourDiscovery() {
    usualHost();
    asked.services.icmp = false;
    assertThat(resolve().services())
        .isEqualTo(new Services(true, true, false, true, true, false, false));
  }

  @Test
  void aDisabledFamilyIsAbsentWithItsServices() {
    usualHost();
    asked.withIpv6 = false;
    Configuration configuration = resolve();
    assertThat(configuration.ipv6()).isEmpty();
    assertThat(configuration.services())
        .isEqualTo(new Services(true, true, true, true, false, false, false));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "67, 2", "68, 1", "1279, 1", "1280, 0"})
  void aTooSmallMtuIsWarnedOf(int mtu, int warnings) {
    usualHost();
    asked.mtu = mtu;
    assertThat(resolve().mtu()).isEqualTo(mtu);
    assertThat(notices).hasSize(warnings);
  }

  @Test
  void forwardsAreReadWithTheFamiliesKnown() {
    usualHost();
    asked.forwards.add(new RequestedConfiguration.Forward(Protocol.TCP, "22,80"));
    asked.forwards.add(new RequestedConfiguration.Forward(Protocol.UDP, "53"));
    assertThat(resolve().forwards()).hasSize(3);
    asked.withIpv6 = false;
    assertThat(resolve().forwards())
        .allSatisfy(rule -> assertThat(rule.bind()).contains(IpAddress.ANY4));
  }

  @Test
  void forwardsOfADisabledProtocolAreAnError() {
    usualHost();
    asked.services.tcp = false;
    asked.forwards.add(new RequestedConfiguration.Forward(Protocol.TCP, "none"));
    assertThat(resolve().forwards()).isEmpty();
    asked.forwards.add(new RequestedConfiguration.Forward(Protocol.TCP, "22"));
    assertThatThrownBy(this::resolve)
        .hasMessage("--tcp-ports 22: TCP is off by --no-tcp; leave out either");
  }

  @Test
  void theReportTellsOneFactPerLine() {
    usualHost();
    resolvConf = "nameserver 127.0.0.53\nnameserver 2001:db8::53\nsearch example.org\n";
    asked.forwards.add(new RequestedConfiguration.Forward(Protocol.TCP, "2222:22"));
    assertThat(String.join("\n", report("/tmp/p")))
        .isEqualTo(
            """
            UNIX domain socket bound at /tmp/p
            Template interface: eth0 (IPv4)
            Template interface: eth0 (IPv6)
            MAC:
                host: 9a:55:9a:55:9a:55
                NAT to host 127.0.0.1: 192.0.2.2
            DHCP:
                assign: 192.0.2.1
                mask: 255.255.255.0
                router: 192.0.2.2
            DNS:
                192.0.2.2
            DNS redirected: 192.0.2.2 => 127.0.0.53
            DNS search list:
                example.org
                NAT to host ::1: 2001:db8::2
            NDP/DHCPv6:
                assign: 2001:db8::1
                router: 2001:db8::2
                our link-local: fe80::2
            DNS:
                2001:db8::53
            DNS search list:
                example.org
            Inbound forwarding:
                TCP [*]:2222 => 22
            You can now start QEMU (7.2 or later):
                qemu-system-x86_64 ... -device virtio-net-pci,netdev=s -netdev \
            stream,id=s,server=off,addr.type=unix,addr.path=/tmp/p\
            """);
  }

  @Test
  void theReportNamesWhatTheFrontEndNeedsForVhostUser() {
    usualHost();
    asked.link.vhostUser = true;

    assertThat(report("/tmp/a,b"))
        .last()
        .asString()
        .contains("memory-backend-memfd,id=m,size=1G,share=on", "memory-backend=m ")
        .contains("-chardev socket,id=c,path=/tmp/a,,b ", "-netdev vhost-user,id=s,chardev=c ")
        .doesNotContain("stream");
  }

  private List<String> report(String socket) {
    var resolution =
        new ConfigurationResolver(asked.build(), PortRange.DYNAMIC)
            .resolve(host.build(), ResolvConf.parse(resolvConf));
    return StartupReport.of(resolution, Optional.of(Path.of(socket))).stream()
        .map(Notice::text)
        .toList();
  }
}
