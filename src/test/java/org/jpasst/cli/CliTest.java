package org.jpasst.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.config.GuestSocket;
import org.jpasst.config.Outbound;
import org.jpasst.config.RequestedConfiguration;
import org.jpasst.config.RequestedFamily;
import org.jpasst.config.Services;
import org.jpasst.config.Verbosity;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CliTest {
  private static final Set<PasstOption> NEEDS_VHOST_USER =
      EnumSet.of(
          PasstOption.VHOST_USER_FEATURES, PasstOption.MIGRATE_EXIT, PasstOption.MIGRATE_NO_LINGER);

  private static final RequestedFamily NOTHING_ASKED =
      new RequestedFamily(
          Optional.empty(),
          OptionalInt.empty(),
          Optional.empty(),
          List.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Outbound.UNBOUND);

  static RequestedConfiguration run(String... arguments) {
    CliResult result = Cli.parse(arguments);
    assertThat(result).isInstanceOf(CliResult.Run.class);
    return ((CliResult.Run) result).request();
  }

  static RequestedFamily ipv4(String... arguments) {
    return run(arguments).ipv4().orElseThrow();
  }

  private static RequestedFamily ipv6(String... arguments) {
    return run(arguments).ipv6().orElseThrow();
  }

  static String error(String... arguments) {
    CliResult.Exit exit = (CliResult.Exit) Cli.parse(arguments);
    assertThat(exit.status()).isEqualTo(1);
    assertThat(exit.stream()).isEqualTo(CliResult.Stream.STDERR);
    assertThat(exit.text()).startsWith("passt: ").endsWith("\n");
    assertThat(exit.text().indexOf('\n')).isEqualTo(exit.text().length() - 1);
    return exit.text().strip();
  }

  static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  @Test
  void withoutOptionsTheDefaultsHold() {
    RequestedConfiguration request = run();
    assertThat(request.process().foreground()).isFalse();
    assertThat(request.process().verbosity()).isEqualTo(Verbosity.NORMAL);
    assertThat(request.process().logFile()).isEmpty();
    assertThat(request.process().logSize()).isEqualTo(1048576);
    assertThat(request.process().pidFile()).isEmpty();
    assertThat(request.link().socket()).isEqualTo(new GuestSocket.ListenAtFirstFree());
    assertThat(request.link().oneOff()).isFalse();
    assertThat(request.link().capture()).isEmpty();
    assertThat(request.mtu()).isEqualTo(65520);
    assertThat(request.ourMac().toString()).isEqualTo("9a:55:9a:55:9a:55");
    assertThat(request.interfaceName()).isEmpty();
    assertThat(request.ipv4()).contains(NOTHING_ASKED);
    assertThat(request.ipv6()).contains(NOTHING_ASKED);
    assertThat(request.mapGateway()).isTrue();
    assertThat(request.withoutResolvers()).isFalse();
    assertThat(request.searchList()).isEmpty();
    assertThat(request.hostName()).isEmpty();
    assertThat(request.fullyQualifiedName()).isEmpty();
    assertThat(request.tellResolvers()).isTrue();
    assertThat(request.tellSearchList()).isTrue();
    assertThat(request.services())
        .isEqualTo(new Services(true, true, true, true, true, true, true));
    assertThat(request.freebind()).isFalse();
    assertThat(request.forwards()).isEmpty();
  }

  @Test
  void qemusCommandLinesAreUnderstood() {
    RequestedConfiguration plain = run("--quiet", "--pid", "/tmp/passt-XYZ.pid", "--fd", "3");
    assertThat(plain.process().verbosity()).isEqualTo(Verbosity.QUIET);
    assertThat(plain.process().pidFile()).contains(Path.of("/tmp/passt-XYZ.pid"));
    assertThat(plain.link().socket()).isEqualTo(new GuestSocket.Inherited(3));
    assertThat(plain.link().oneOff()).isTrue();
    RequestedConfiguration full =
        run(
            "--mtu",
            "1400",
            "--address",
            "10.0.2.15",
            "--netmask",
            "255.255.255.0",
            "--mac-addr",
            "02:00:00:00:00:01",
            "--gateway",
            "10.0.2.2",
            "--interface",
            "eth0",
            "--outbound",
            "192.0.2.1",
            "--outbound-if4",
            "eth0",
            "--dns",
            "9.9.9.9",
            "--search",
            "a.example b.example",
            "--fqdn",
            "vm.example",
            "--dns-forward",
            "10.0.2.3",
            "--dns-host",
            "127.0.0.53",
            "--map-host-loopback",
            "10.0.2.4",
            "--map-guest-addr",
            "10.0.2.5",
            "--tcp-ports",
            "5001,127.0.0.1/80:8080",
            "--udp-ports",
            "53",
            "--freebind",
            "--ipv4-only",
            "--pid",
            "/tmp/p",
            "--fd",
            "3");
    assertThat(full.mtu()).isEqualTo(1400);
    RequestedFamily four = full.ipv4().orElseThrow();
    assertThat(four.address()).contains(ip("10.0.2.15"));
    assertThat(four.prefixLength()).hasValue(24);
    assertThat(four.gateway()).contains(ip("10.0.2.2"));
    assertThat(four.outbound().address()).contains(ip("192.0.2.1"));
    assertThat(four.outbound().interfaceName()).contains("eth0");
    assertThat(four.resolvers()).containsExactly(ip("9.9.9.9"));
    assertThat(four.dnsForward()).contains(ip("10.0.2.3"));
    assertThat(four.dnsHost()).contains(ip("127.0.0.53"));
    assertThat(four.mapHostLoopback()).contains(ip("10.0.2.4"));
    assertThat(four.mapGuestAddress()).contains(ip("10.0.2.5"));
    assertThat(full.ourMac()).isEqualTo(new MacAddress(0x020000000001L));
    assertThat(full.interfaceName()).contains("eth0");
    assertThat(full.searchList()).contains(List.of("a.example", "b.example"));
    assertThat(full.fullyQualifiedName()).contains("vm.example");
    assertThat(full.freebind()).isTrue();
    assertThat(full.ipv6()).isEmpty();
    assertThat(full.forwards())
        .containsExactly(
            new RequestedConfiguration.Forward(Protocol.TCP, "5001,127.0.0.1/80:8080"),
            new RequestedConfiguration.Forward(Protocol.UDP, "53"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --mtu           | 70000
          --mtu           | 65522
          --mtu           | -1
          --mtu           | 1400x
          --mtu           | 0x
          --mtu           | 08
          --mtu           | ''
          --mtu           | 99999999999999999999
          --mtu           | +-5
          --log-size      | 40959
          --log-size      | x
          --log-file      | ''
          --pid           | ''
          --pcap          | ''
          --fd            | -1
          --fd            | x
          --fd            | ''
          --socket        | ''
          --address       | x
          --address       | ''
          --address       | 0.0.0.0
          --address       | ::
          --address       | 127.0.0.1
          --address       | ::1
          --address       | 224.0.0.1
          --address       | ff02::1
          --address       | 255.255.255.255
          --address       | 10.0.0.1/33
          --address       | 2001:db8::1/129
          --address       | 10.0.0.1/
          --address       | 10.0.0.1/x
          --address       | fe80::1%eth0
          --netmask       | 33
          --netmask       | 255.0.255.0
          --netmask       | x
          --netmask       | ffff::
          --mac-addr      | 02:00:00:00:00
          --mac-addr      | 02-00-00-00-00-01
          --mac-addr      | 02:00:00:00:00:0g
          --gateway       | 0.0.0.0
          --gateway       | 127.0.0.1
          --gateway       | 255.255.255.255
          --gateway       | x
          --interface     | ''
          --outbound      | 0.0.0.0
          --outbound      | 255.255.255.255
          --outbound      | 224.0.0.1
          --outbound      | ::
          --outbound      | ::1
          --outbound      | ::192.0.2.1
          --outbound      | ff02::1
          --outbound-if4  | ''
          --outbound-if4  | abcdefghijklmnop
          --outbound-if6  | abcdefghijklmnop
          --dns           | x
          --dns           | ''
          --dns-forward   | 127.0.0.1
          --dns-forward   | ::
          --dns-forward   | 255.255.255.255
          --dns-host      | 0.0.0.0
          --dns-host      | 255.255.255.255
          --search        | ''
          --search        | a b c d e f g
          --map-host-loopback | 127.0.0.1
          --map-host-loopback | 0.0.0.0
          --map-host-loopback | 224.0.0.1
          --map-guest-addr | ::1
          --map-guest-addr | x
          """)
  void aBadValueIsToldWithItsOption(String option, String value) {
    assertThat(error(option, value)).startsWith("passt: " + option + " " + value + ": ".strip());
  }

  @Test
  void aValueCannotBreakTheLine() {
    assertThat(error("--mtu", "1\n2\t")).isEqualTo("passt: --mtu 1?2?: must be 0 to 65521");
  }

  @Test
  void tooLongNamesAndPathsAreRefused() {
    assertThat(error("-s", "/" + "x".repeat(107))).contains("at most 107 bytes");
    assertThat(run("-s", "/" + "x".repeat(106))).isNotNull();
    assertThat(error("-H", "x".repeat(254))).contains("at most 253 bytes");
    assertThat(error("--fqdn", "x".repeat(254))).contains("at most 253 bytes");
    assertThat(error("-S", "x".repeat(1025))).contains("1024");
    assertThat(run("-H", "", "--fqdn", "").hostName()).isEmpty();
    assertThat(run("-H", "vm").hostName()).contains("vm");
  }

  @Test
  void netmaskAndPrefixExcludeEachOther() {
    assertThat(error("-a", "10.0.0.1/8", "-n", "8")).contains("--netmask");
    assertThat(error("-n", "8", "-a", "10.0.0.1/8")).contains("--netmask");
    assertThat(error("-a", "10.0.0.1/8", "-n", "8", "-a", "10.0.0.1")).contains("--netmask");
    assertThat(ipv4("-n", "8", "-a", "2001:db8::1/64").prefixLength()).hasValue(8);
    assertThat(ipv4("-a", "10.0.0.1/12").prefixLength()).isEqualTo(OptionalInt.of(12));
    assertThat(ipv4("-n", "255.255.240.0").prefixLength()).hasValue(20);
    assertThat(ipv4("-n", "0.0.0.0").prefixLength()).hasValue(0);
    assertThat(ipv4("-a", "::ffff:10.0.0.1").address()).contains(ip("10.0.0.1"));
  }

  @Test
  void resolversAddUpUntilNone() {
    assertThat(ipv4("-D", "1.1.1.1", "-D", "2.2.2.2", "-D", "0.0.0.0").resolvers())
        .containsExactly(ip("1.1.1.1"), ip("2.2.2.2"));
    assertThat(ipv6("-D", "1.1.1.1", "-D", "2001:db8::1").resolvers())
        .containsExactly(ip("2001:db8::1"));
    RequestedConfiguration none =
        run("--dns-forward", "10.0.0.3", "--dns-host", "1.1.1.1", "-D", "1.1.1.1", "-D", "none");
    assertThat(none.ipv4()).contains(NOTHING_ASKED);
    assertThat(none.withoutResolvers()).isTrue();
    assertThat(run("-D", "none", "-D", "1.1.1.1").withoutResolvers()).isFalse();
  }

  @Test
  void searchDomainsAddUpUntilNone() {
    assertThat(run("-S", "a b", "-S", " c ").searchList()).contains(List.of("a", "b", "c"));
    assertThat(run("-S", "a", "-S", "none").searchList()).contains(List.of());
    assertThat(run("-S", "none", "-S", "b").searchList()).contains(List.of("b"));
    assertThat(error("-S", "a b c d e f", "-S", "g")).contains("at most 6");
  }

  @Test
  void noneUnmapsTheHost() {
    RequestedConfiguration request =
        run("--map-host-loopback", "10.0.0.9", "--map-host-loopback", "none");
    assertThat(request.mapGateway()).isFalse();
    assertThat(request.ipv4()).contains(NOTHING_ASKED);
    RequestedConfiguration again =
        run("--map-host-loopback", "none", "--map-host-loopback", "10.0.0.9");
    assertThat(again.mapGateway()).isFalse();
    assertThat(again.ipv4().orElseThrow().mapHostLoopback()).contains(ip("10.0.0.9"));
    assertThat(run("--no-map-gw").mapGateway()).isFalse();
    assertThat(ipv4("--map-guest-addr", "10.0.0.9", "--map-guest-addr", "none"))
        .isEqualTo(NOTHING_ASKED);
  }

  @Test
  void protocolsAreSwitchedOffOneByOne() {
    assertThat(run("--no-tcp").services().tcp()).isFalse();
    assertThat(run("--no-udp").services().udp()).isFalse();
    assertThat(run("--no-icmp").services().icmp()).isFalse();
    assertThat(run("--no-dhcp").services().dhcp()).isFalse();
    assertThat(run("--no-dhcpv6").services().dhcpv6()).isFalse();
    assertThat(run("--no-ndp").services().ndp()).isFalse();
    assertThat(run("--no-ra").services().ra()).isFalse();
    assertThat(run("--no-dhcp-dns").tellResolvers()).isFalse();
    assertThat(run("--no-dhcp-search").tellSearchList()).isFalse();
  }

  @Test
  void aMonitorIsWatchedForAMigrationAlone() {
    assertThat(error("--qmp", "/q")).contains("--qmp goes with --migrate-to or --migrate-from");
    assertThat(error("--migrate-to", "/t")).contains("give both");
    assertThat(error("--qmp", "/q", "--migrate-to", "/t", "--vhost-user"))
        .contains("QEMU carries the state by itself");
  }

  @Test
  void optionsWithoutEffectAreTaken() {
    CliResult.Run result = (CliResult.Run) Cli.parse("-e", "--no-splice");
    assertThat(result.request()).isEqualTo(run());
    assertThat(result.notices()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(PasstOption.class)
  void everyOptionDoesWhatItsAvailabilitySays(PasstOption option) {
    List<String> given = new ArrayList<>(List.of(option.toString()));
    if (option.synopsis().takesArgument()) {
      given.add(valueFor(option));
    }
    if (NEEDS_VHOST_USER.contains(option)) {
      given.add("--vhost-user");
    }
    if (option == PasstOption.STATS) {
      given.addFirst("--foreground");
    }
    if (option == PasstOption.PCAP_RING) {
      given.add("--pcap=c.pcapng");
    }
    if (option == PasstOption.QMP) {
      given.add("--migrate-to=/t");
    }
    if (option == PasstOption.LATE_FRAMES_TO || option == PasstOption.LATE_FRAMES_FROM) {
      given.add("--uplink=tap:t");
    }
    if (option == PasstOption.MIGRATE_TO || option == PasstOption.MIGRATE_FROM) {
      given.add("--qmp=/q");
    }
    String[] arguments = given.toArray(String[]::new);
    switch (option.availability()) {
      case SUPPORTED, OURS -> {
        CliResult result = Cli.parse(arguments);
        assertThat(result)
            .satisfies(
                r ->
                    assertThat(r instanceof CliResult.Run || ((CliResult.Exit) r).status() == 0)
                        .isTrue());
      }
      case WITHOUT_EFFECT -> assertThat(run(arguments)).isEqualTo(run());
      case PASTA_ONLY -> assertThat(error(arguments)).contains(option + ": is for pasta mode only");
    }
  }

  private static String valueFor(PasstOption option) {
    return switch (option) {
      case LOG_SIZE -> "65536";
      case SANDBOX, WARM_UP -> "off";
      case UPLINK -> "tap:tap0";
      case MIGRATE_FORMAT -> "passt";
      case VHOST_USER_FEATURES -> "passt";
      case PACKET_CACHE -> "on";
      case UDP_FILTERING -> "address-dependent";
      case FORWARD_CLOSED -> "refuse";
      case PRESERVE_PORTS -> "on";
      case PACKET_CACHE_SIZE -> "1048576";
      case FD -> "3";
      case PCAP_RING -> "64:8";
      case VLAN -> "5";
      case MTU -> "1400";
      case NETMASK -> "24";
      case MAC_ADDR -> "02:00:00:00:00:01";
      case TCP_PORTS, UDP_PORTS -> "22";
      case LOG_FILE, PID, SOCKET, PCAP, INTERFACE, OUTBOUND_IF4, OUTBOUND_IF6 -> "eth0";
      default -> "192.0.2.9";
    };
  }

  @Test
  void theUsageTextNamesWhatIsSupportedAndNothingElse() {
    CliResult.Exit help = (CliResult.Exit) Cli.parse("-h");
    assertThat(help.status()).isZero();
    assertThat(help.stream()).isEqualTo(CliResult.Stream.STDOUT);
    assertThat(help.text()).startsWith("Usage: passt [OPTION]...\n").endsWith("\n");
    assertThat(help.text().lines()).allMatch(line -> line.length() <= 80);
    for (PasstOption option : PasstOption.values()) {
      boolean supported = option.isSupported();
      for (String name : option.synopsis().names()) {
        assertThat(help.text().matches("(?s).*--" + name + "[,= \n].*"))
            .as(name)
            .isEqualTo(supported);
      }
      option
          .synopsis()
          .letter()
          .filter(letter -> supported)
          .ifPresent(letter -> assertThat(help.text()).contains("  -" + letter + ", --"));
    }
  }

  @Test
  void theVersionIsPrinted() {
    CliResult.Exit version = (CliResult.Exit) Cli.parse("--version");
    assertThat(version.status()).isZero();
    assertThat(version.text()).startsWith("passt ").contains("Apache License");
    assertThat(version.text().lines()).hasSize(5);
  }

  @Test
  void namesAndLettersAreUnique() {
    List<String> seen = new ArrayList<>();
    for (PasstOption option : PasstOption.values()) {
      seen.addAll(option.synopsis().names());
      option.synopsis().letter().ifPresent(seen::add);
    }
    assertThat(seen).doesNotHaveDuplicates();
  }

  @Test
  void aLaterAddressOfTheOtherFamilyLeavesTheFirst() {
    assertThat(ipv4("-g", "10.0.0.1", "-g", "fe80::1").gateway())
        .isEqualTo(Optional.of(ip("10.0.0.1")));
    assertThat(ipv6("-g", "10.0.0.1", "-g", "fe80::1").gateway())
        .isEqualTo(Optional.of(ip("fe80::1")));
  }
}
