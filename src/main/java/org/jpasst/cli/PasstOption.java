package org.jpasst.cli;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The options of passt(1), in the order of its usage text. */
enum PasstOption {
  DEBUG("d", "debug", "", "Be verbose, don't write to the system logger"),
  TRACE("", "trace", "", "Be extra verbose, show single packets, implies --debug"),
  QUIET("q", "quiet", "", "Only tell warnings and errors"),
  FOREGROUND("f", "foreground", "", "Don't run in the background"),
  LOG_FILE("l", "log-file", "PATH", "Log to this file instead of the system logger"),
  LOG_SIZE("", "log-size", "BYTES", "Most bytes in the log file, 1048576 by default"),
  RUNAS("", "runas", "USER[:GROUP]", "Become this user, nobody by default if started as root"),
  CHROOT_FALLBACK("", "chroot-fallback", "", "Use chroot(2) where pivot_root(2) fails"),
  SANDBOX("", "sandbox", "on|off", "Give up what serving a guest doesn't need, on by default"),
  PID("P", "pid", "PATH", "Write the process id to this file"),
  STATS(
      "",
      "stats",
      "DELAY",
      "Tell how many events of each kind there were, every DELAY seconds at most; only behind"
          + " --foreground"),
  CONTROL("", "control", "PATH", "Listen at this UNIX domain socket for passtctl"),
  HELP("h", "help", "", "Show this text and exit"),
  VERSION("", "version", "", "Show the version and exit"),
  PRINT_CAPABILITIES(
      "", "print-capabilities", "", "Tell in JSON what kind of vhost-user device this is and exit"),
  STDERR(Availability.WITHOUT_EFFECT, "e", "stderr", ""),

  SOCKET(
      Section.LINK,
      "s",
      List.of("socket", "socket-path"),
      "PATH",
      "UNIX domain socket to listen at, the first free of /tmp/passt_1.socket and so on by"
          + " default"),
  FD(
      Section.LINK,
      "F",
      "fd",
      "NUMBER",
      "Use this descriptor, a connected socket or a TAP device; implies --one-off"),
  TAP(
      Section.LINK,
      "",
      "tap",
      "NAME",
      "Use the TAP device of this interface, made if it isn't there; implies --one-off"),
  BACKEND(
      Section.LINK,
      "",
      "backend",
      "NAME[=ARGUMENT]",
      "Use this backend of a jar in JPASST_CLASSPATH; implies --one-off"),
  ONE_OFF(Section.LINK, "1", "one-off", "", "Quit when the guest is gone"),
  PCAP(Section.LINK, "p", "pcap", "PATH", "Write the guest's packets to this file"),
  VHOST_USER(
      Section.LINK, "", "vhost-user", "", "Speak vhost-user: packets stay in the guest's memory"),
  VHOST_USER_FEATURES(
      Section.LINK,
      "",
      "vhost-user-features",
      "all|passt",
      "What the guest is offered: all there is, by default, or what passt offers, so that the"
          + " guest can move there"),

  REPAIR_PATH(
      Section.MIGRATION,
      "",
      "repair-path",
      "PATH|none",
      "Socket for passt-repair, the path of a vhost-user socket with .repair by default"),
  MIGRATE_EXIT(Section.MIGRATION, "", "migrate-exit", "", "Quit when the guest has moved away"),
  MIGRATE_NO_LINGER(
      Section.MIGRATION,
      "",
      "migrate-no-linger",
      "",
      "Close the sockets of connections that have moved away"),
  MIGRATE_DIRECT(
      Section.MIGRATION,
      "",
      "migrate-direct",
      "",
      "Keep CAP_NET_ADMIN, to move connections without passt-repair"),
  MIGRATE_FORMAT(
      Section.MIGRATION,
      "",
      "migrate-format",
      "full|passt",
      "What a state holds: all that can move, by default, or what passt reads"),
  PACKET_CACHE(
      Section.MIGRATION,
      "",
      "packet-cache",
      "auto|on|off",
      "Hold back frames for a guest that stands still; auto: those that can't move otherwise"),
  PACKET_CACHE_SIZE(
      Section.MIGRATION, "", "packet-cache-size", "BYTES", "Most bytes of them, 16 MiB by default"),
  RESTORE(Section.MIGRATION, "", "restore", "FILE", "Go on with the connections saved there"),

  MTU(
      Section.ADDRESSES,
      "m",
      "mtu",
      "MTU",
      "MTU told by DHCP and NDP, 65520 by default; 0: tell none"),
  ADDRESS(
      Section.ADDRESSES,
      "a",
      "address",
      "ADDRESS[/LENGTH]",
      "The guest's address, one per family; that of the template interface by default"),
  NETMASK(Section.ADDRESSES, "n", "netmask", "MASK", "IPv4 mask, as bits or dotted"),
  MAC_ADDR(
      Section.ADDRESSES, "M", "mac-addr", "MAC", "Our MAC address, 9a:55:9a:55:9a:55 by default"),
  GATEWAY(Section.ADDRESSES, "g", "gateway", "ADDRESS", "The guest's router, one per family"),
  INTERFACE(
      Section.ADDRESSES,
      "i",
      "interface",
      "NAME",
      "Template interface, that of the first default route by default"),
  OUTBOUND(Section.ADDRESSES, "o", "outbound", "ADDRESS", "Source of sockets, one per family"),
  OUTBOUND_IF4(
      Section.ADDRESSES, "", "outbound-if4", "NAME", "Bind IPv4 sockets to this interface"),
  OUTBOUND_IF6(
      Section.ADDRESSES, "", "outbound-if6", "NAME", "Bind IPv6 sockets to this interface"),
  FREEBIND(Section.ADDRESSES, "", "freebind", "", "Allow binding to addresses the host lacks"),
  IPV4_ONLY(Section.ADDRESSES, "4", "ipv4-only", "", "No IPv6"),
  IPV6_ONLY(Section.ADDRESSES, "6", "ipv6-only", "", "No IPv4"),
  MAP_HOST_LOOPBACK(
      Section.ADDRESSES,
      "",
      "map-host-loopback",
      "ADDRESS|none",
      "The guest reaches the host's loopback at this address, the gateway's by default"),
  NO_MAP_GW(Section.ADDRESSES, "", "no-map-gw", "", "The gateway's address isn't the host"),
  MAP_GUEST_ADDR(
      Section.ADDRESSES,
      "",
      "map-guest-addr",
      "ADDRESS|none",
      "The guest reaches the host's own address, which is also its own, at this one"),

  DNS(
      Section.NAMES,
      "D",
      "dns",
      "ADDRESS|none",
      "Resolver for the guest, may be repeated; those of /etc/resolv.conf by default"),
  DNS_FORWARD(Section.NAMES, "", "dns-forward", "ADDRESS", "Redirect DNS traffic to this address"),
  DNS_HOST(Section.NAMES, "", "dns-host", "ADDRESS", "Where DNS traffic is redirected to"),
  SEARCH(
      Section.NAMES,
      "S",
      "search",
      "DOMAINS|none",
      "Domains to search, may be repeated; those of /etc/resolv.conf by default"),
  HOSTNAME(Section.NAMES, "H", "hostname", "NAME", "The guest's name, told by DHCP"),
  FQDN(Section.NAMES, "", "fqdn", "NAME", "The guest's full name, told by DHCP and DHCPv6"),
  NO_DHCP_DNS(Section.NAMES, "", "no-dhcp-dns", "", "Tell no resolvers"),
  NO_DHCP_SEARCH(Section.NAMES, "", "no-dhcp-search", "", "Tell no domains to search"),

  NO_TCP(Section.PROTOCOLS, "", "no-tcp", "", "No TCP"),
  NO_UDP(Section.PROTOCOLS, "", "no-udp", "", "No UDP"),
  UDP_FILTERING(
      Section.PROTOCOLS,
      "",
      "udp-filtering",
      "FILTERING",
      "Whose datagrams reach a port that the guest sends from: address-and-port-dependent (of those"
          + " it sends to, by default), address-dependent (of any port of theirs) or"
          + " endpoint-independent (of anybody)"),
  NO_ICMP(Section.PROTOCOLS, "", "no-icmp", "", "No ICMP and ICMPv6 echo, implies --no-ndp"),
  NO_DHCP(Section.PROTOCOLS, "", "no-dhcp", "", "No DHCP server"),
  NO_NDP(Section.PROTOCOLS, "", "no-ndp", "", "No neighbour discovery, no router advertisements"),
  NO_DHCPV6(Section.PROTOCOLS, "", "no-dhcpv6", "", "No DHCPv6 server"),
  NO_RA(Section.PROTOCOLS, "", "no-ra", "", "No router advertisements"),

  TCP_PORTS(
      Section.FORWARDING,
      "t",
      "tcp-ports",
      "SPEC",
      "Forward TCP ports of the host to the guest, may be repeated"),
  UDP_PORTS(Section.FORWARDING, "u", "udp-ports", "SPEC", "The same for UDP"),
  CONF_PATH(
      Section.FORWARDING,
      "c",
      "conf-path",
      "PATH",
      "Listen at this UNIX domain socket for pesto, which changes what is forwarded"),
  NO_SPLICE(Availability.WITHOUT_EFFECT, "", "no-splice", ""),

  NS_IFNAME(Availability.PASTA_ONLY, "I", "ns-ifname", "NAME"),
  TCP_NS(Availability.PASTA_ONLY, "T", "tcp-ns", "SPEC"),
  UDP_NS(Availability.PASTA_ONLY, "U", "udp-ns", "SPEC"),
  USERNS(Availability.PASTA_ONLY, "", "userns", "PATH"),
  NETNS(Availability.PASTA_ONLY, "", "netns", "PATH"),
  NETNS_ONLY(Availability.PASTA_ONLY, "", "netns-only", ""),
  NO_NETNS_QUIT(Availability.PASTA_ONLY, "", "no-netns-quit", ""),
  CONFIG_NET(Availability.PASTA_ONLY, "", "config-net", ""),
  NO_COPY_ROUTES(Availability.PASTA_ONLY, "", "no-copy-routes", ""),
  NO_COPY_ADDRS(Availability.PASTA_ONLY, "", "no-copy-addrs", ""),
  NS_MAC_ADDR(Availability.PASTA_ONLY, "", "ns-mac-addr", "MAC"),
  DHCP_DNS(Availability.PASTA_ONLY, "", "dhcp-dns", ""),
  DHCP_SEARCH(Availability.PASTA_ONLY, "", "dhcp-search", ""),
  HOST_LO_TO_NS_LO(Availability.PASTA_ONLY, "", "host-lo-to-ns-lo", ""),
  SPLICE_ONLY(Availability.PASTA_ONLY, "", "splice-only", ""),
  NO_PIDNS(Availability.PASTA_ONLY, "", "no-pidns", "");

  /** Where the usage text lists an option. */
  enum Section {
    PROCESS("Process"),
    LINK("Guest's link"),
    MIGRATION("Migration"),
    ADDRESSES("Addresses"),
    NAMES("Names"),
    PROTOCOLS("Protocols"),
    FORWARDING("Port forwarding");

    private final String heading;

    Section(String heading) {
      this.heading = heading;
    }

    String heading() {
      return heading;
    }
  }

  /** What becomes of an option. */
  enum Availability {
    /** Does what it says. */
    SUPPORTED,
    /** Taken for compatibility; there is nothing to do. */
    WITHOUT_EFFECT,
    /** Only the program's other mode has it. */
    PASTA_ONLY
  }

  private final Availability availability;
  private final Section section;
  private final String letter;
  private final List<String> names;
  private final String argument;
  private final String description;

  PasstOption(String letter, String name, String argument, String description) {
    this(Section.PROCESS, letter, List.of(name), argument, description);
  }

  PasstOption(Section section, String letter, String name, String argument, String description) {
    this(section, letter, List.of(name), argument, description);
  }

  PasstOption(
      Section section, String letter, List<String> names, String argument, String description) {
    this(Availability.SUPPORTED, section, letter, names, argument, description);
  }

  PasstOption(Availability availability, String letter, String name, String argument) {
    this(availability, Section.PROCESS, letter, List.of(name), argument, "");
  }

  PasstOption(
      Availability availability,
      Section section,
      String letter,
      List<String> names,
      String argument,
      String description) {
    this.availability = availability;
    this.section = section;
    this.letter = letter;
    this.names = names;
    this.argument = argument;
    this.description = description;
  }

  Availability availability() {
    return availability;
  }

  Section section() {
    return section;
  }

  /** The short option's letter, if it has one. */
  Optional<String> letter() {
    return letter.isEmpty() ? Optional.empty() : Optional.of(letter);
  }

  /** Whether passt has no such option. */
  boolean isOurs() {
    return switch (this) {
      case CONTROL,
          TAP,
          BACKEND,
          SANDBOX,
          VHOST_USER_FEATURES,
          UDP_FILTERING,
          MIGRATE_DIRECT,
          MIGRATE_FORMAT,
          PACKET_CACHE,
          PACKET_CACHE_SIZE,
          RESTORE ->
          true;
      default -> false;
    };
  }

  boolean hasLetter(String candidate) {
    return letter.equals(candidate);
  }

  /** The long names, without dashes; the first is the one to show. */
  List<String> names() {
    return names;
  }

  boolean takesArgument() {
    return !argument.isEmpty();
  }

  /** Its letter and long names with their dashes, and its argument: {@code -P, --pid PATH}. */
  String synopsis() {
    String all =
        Stream.concat(letter().map(each -> "-" + each).stream(), names.stream().map("--"::concat))
            .collect(Collectors.joining(", "));
    return takesArgument() ? all + " " + argument : all;
  }

  /** How the argument is called in the usage text; empty for a flag. */
  String argument() {
    return argument;
  }

  String description() {
    return description;
  }

  /** The first long name with its dashes. */
  @Override
  public String toString() {
    return "--" + names.getFirst();
  }
}
