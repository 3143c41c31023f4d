package org.jpasst.cli;

import static org.jpasst.cli.OptionSection.ADDRESSES;
import static org.jpasst.cli.OptionSection.FORWARDING;
import static org.jpasst.cli.OptionSection.LINK;
import static org.jpasst.cli.OptionSection.MIGRATION;
import static org.jpasst.cli.OptionSection.NAMES;
import static org.jpasst.cli.OptionSection.PROCESS;
import static org.jpasst.cli.OptionSection.PROTOCOLS;
import static org.jpasst.cli.PasstOption.Availability.OURS;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jpasst.config.CacheMode;
import org.jpasst.config.CacheSettings;
import org.jpasst.config.CaptureRing;
import org.jpasst.config.Configuration;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.ForwardClosed;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.config.GuestSocket;
import org.jpasst.config.LinkSettings;
import org.jpasst.config.OfferedFeatures;
import org.jpasst.config.ProcessSettings;
import org.jpasst.config.RepairSocket;
import org.jpasst.config.UdpFiltering;
import org.jpasst.config.Verbosity;
import org.jpasst.net.IpAddress;

/**
 * The options of passt(1), in the order of its usage text. All that there is to an option is in its
 * constant: how it is given, what is said about it, and how it is applied to the request.
 */
enum PasstOption {
  DEBUG(
      PROCESS,
      "-d, --debug",
      "Be verbose, don't write to the system logger",
      RequestBuilder::debug),
  TRACE(
      PROCESS,
      "--trace",
      "Be extra verbose, show single packets, implies --debug",
      request -> request.process.verbosity = Verbosity.TRACE),
  QUIET(
      PROCESS,
      "-q, --quiet",
      "Show warnings and errors only",
      request -> request.process.verbosity = Verbosity.QUIET),
  FOREGROUND(
      PROCESS,
      "-f, --foreground",
      "Don't run in the background",
      request -> request.process.foreground = true),
  LOG_FILE(
      PROCESS,
      "-l, --log-file PATH",
      "Log to this file instead of the system logger",
      (request, given) -> request.process.logFile = Optional.of(given.path())),
  LOG_SIZE(
      PROCESS,
      "--log-size BYTES",
      "Limit the log file to this size, 1048576 by default",
      (request, given) ->
          request.process.logSize = given.number(ProcessSettings.MIN_LOG_SIZE, Long.MAX_VALUE)),
  RUNAS(
      PROCESS,
      "--runas USER[:GROUP]",
      "Become this user, nobody by default if started as root",
      (request, given) -> request.sandbox.runAs = Optional.of(given.text())),
  CHROOT_FALLBACK(
      PROCESS,
      "--chroot-fallback",
      "Use chroot(2) where pivot_root(2) fails",
      request -> request.sandbox.chrootFallback = true),
  SANDBOX(
      OURS,
      PROCESS,
      "--sandbox on|off",
      "Give up what serving a guest doesn't need, on by default",
      (request, given) -> request.sandbox.on = given.isFirstOf("on", "off")),
  PID(
      PROCESS,
      "-P, --pid PATH",
      "Write the process id to this file",
      (request, given) -> request.process.pidFile = Optional.of(given.path())),
  STATS(
      PROCESS,
      "--stats DELAY",
      "Show how many events of each kind there were, every DELAY seconds at most; to be given after"
          + " --foreground",
      RequestBuilder::statistics),
  CONTROL(
      OURS,
      PROCESS,
      "--control PATH",
      "Listen at this UNIX domain socket for passtctl",
      (request, given) -> request.process.control = Optional.of(given.socketPath())),
  METRICS(
      OURS,
      PROCESS,
      "--metrics [ADDRESS:]PORT|PATH",
      "Serve OpenMetrics text by HTTP, as /metrics, at this port of 127.0.0.1 or another loopback"
          + " address, or at this UNIX domain socket",
      (request, given) -> request.process.metrics = Optional.of(given.metricsPlace())),
  WARM_UP(
      OURS,
      PROCESS,
      "--warm-up on|off",
      "Rehearse until the guest's first packet comes, on by default",
      (request, given) -> request.process.warmUp = given.isFirstOf("on", "off")),
  HELP(PROCESS, "-h, --help", "Show this text and exit", request -> request.answer(Usage.text())),
  VERSION(
      PROCESS, "--version", "Show the version and exit", request -> request.answer(Version.text())),
  PRINT_CAPABILITIES(
      PROCESS,
      "--print-capabilities",
      "Show in JSON what kind of vhost-user device this is and exit",
      request -> request.answer(RequestBuilder.CAPABILITIES)),
  STDERR(
      "-e, --stderr",
      request -> request.warn("--stderr has no effect and will go away; leave it out")),

  SOCKET(
      LINK,
      "-s, --socket, --socket-path PATH",
      "UNIX domain socket to listen at, the first free of /tmp/passt_1.socket and so on by default",
      (request, given) -> request.socket(new GuestSocket.Listen(given.socketPath()))),
  FD(
      LINK,
      "-F, --fd NUMBER",
      "Use this descriptor, a connected socket or a TAP device; implies --one-off",
      (request, given) ->
          request.socket(new GuestSocket.Inherited((int) given.number(0, Integer.MAX_VALUE)))),
  TAP(
      OURS,
      LINK,
      "--tap NAME",
      "Use the TAP device of this interface, made if it isn't there; implies --one-off",
      (request, given) -> request.otherGuest(given, new GuestSocket.Tap(given.interfaceName()))),
  BACKEND(
      OURS,
      LINK,
      "--backend NAME[=ARGUMENT]",
      "Use this backend of a jar in JPASST_CLASSPATH; implies --one-off",
      RequestBuilder::backend),
  UPLINK(
      OURS,
      LINK,
      "--uplink tap:NAME|tap-fd:NUMBER|stream:PATH",
      "Pass the guest's frames as they are to this TAP device, or to whoever listens at this UNIX"
          + " domain socket, instead of translating them",
      (request, given) -> request.link.uplink = Optional.of(given.uplinkPlace())),
  ONE_OFF(
      LINK, "-1, --one-off", "Quit when the guest is gone", request -> request.link.oneOff = true),
  PCAP(
      LINK,
      "-p, --pcap PATH",
      "Write the guest's packets to this file; as pcapng, with reasons for drops, if its name ends"
          + " so",
      (request, given) -> request.link.capture = Optional.of(given.path())),
  PCAP_RING(
      OURS,
      LINK,
      "--pcap-ring MIB[:FILES]",
      "Keep only the last MIB of --pcap's packets, in FILES files in turn, 4 by default",
      (request, given) ->
          request.link.ring =
              Optional.of(
                  CaptureRing.parse(given.text())
                      .orElseThrow(() -> given.refused(CaptureRing.LIMITS)))),
  VLAN(
      OURS,
      LINK,
      "--vlan ID",
      "The guest's frames are those with the IEEE 802.1Q tag of this VLAN, 1 to 4094",
      (request, given) ->
          request.link.vlan = OptionalInt.of((int) given.number(1, LinkSettings.MAX_VLAN))),
  VHOST_USER(
      LINK,
      "--vhost-user",
      "Speak vhost-user: packets stay in the guest's memory",
      request -> request.link.vhostUser = true),
  VHOST_USER_FEATURES(
      OURS,
      LINK,
      "--vhost-user-features all|passt",
      "What the guest is offered: all there is, by default, or what passt offers, so that the guest"
          + " can move there",
      (request, given) -> request.link.features = given.constant(OfferedFeatures.values())),

  REPAIR_PATH(
      MIGRATION,
      "--repair-path PATH|none",
      "Socket for passt-repair, the path of a vhost-user socket with .repair by default",
      (request, given) ->
          request.migration.repair =
              given.isNone() ? new RepairSocket.None() : new RepairSocket.At(given.socketPath())),
  MIGRATE_EXIT(
      MIGRATION,
      "--migrate-exit",
      "Quit when the guest has moved away",
      request -> request.migration.exit = true),
  MIGRATE_NO_LINGER(
      MIGRATION,
      "--migrate-no-linger",
      "Close the sockets of connections that have moved away",
      request -> request.migration.noLinger = true),
  MIGRATE_DIRECT(
      OURS,
      MIGRATION,
      "--migrate-direct",
      "Keep CAP_NET_ADMIN, to move connections without passt-repair",
      (request, _) -> request.sandbox.directRepair = true),
  MIGRATE_FORMAT(
      OURS,
      MIGRATION,
      "--migrate-format full|passt",
      "What a saved state holds: all that can move, by default, or only what passt reads",
      (request, given) -> request.migration.sections = given.isFirstOf("full", "passt")),
  PACKET_CACHE(
      OURS,
      MIGRATION,
      "--packet-cache auto|on|off",
      "Hold back frames for a guest that stands still; auto: those that can't move otherwise",
      (request, given) -> request.migration.cacheMode = given.constant(CacheMode.values())),
  PACKET_CACHE_SIZE(
      OURS,
      MIGRATION,
      "--packet-cache-size BYTES",
      "Limit what is held back to this size, 16 MiB by default",
      (request, given) ->
          request.migration.cacheSize =
              (int) given.number(CacheSettings.MIN_SIZE, CacheSettings.MAX_SIZE)),
  RESTORE(
      OURS,
      MIGRATION,
      "--restore FILE",
      "Go on with the connections saved there",
      (request, given) -> request.migration.restore = Optional.of(given.path())),
  QMP(
      OURS,
      MIGRATION,
      "--qmp PATH",
      "Watch QEMU's monitor there, to have the state follow a guest that QEMU migrates",
      (request, given) -> request.migration.monitor = Optional.of(given.socketPath())),
  MIGRATE_TO(
      OURS,
      MIGRATION,
      "--migrate-to PATH",
      "Socket of the back-end at the target, which is handed the state; with --qmp",
      (request, given) -> request.migration.to = Optional.of(given.socketPath())),
  MIGRATE_FROM(
      OURS,
      MIGRATION,
      "--migrate-from PATH",
      "Take a state there from the back-end at the source; with --qmp",
      (request, given) -> request.migration.from = Optional.of(given.socketPath())),
  LATE_FRAMES_TO(
      OURS,
      MIGRATION,
      "--late-frames-to PATH",
      "Socket of the back-end at the target, for frames that come after the state; with --uplink",
      (request, given) -> request.migration.lateTo = Optional.of(given.socketPath())),
  LATE_FRAMES_FROM(
      OURS,
      MIGRATION,
      "--late-frames-from PATH",
      "Take such frames there from the back-end at the source; with --uplink",
      (request, given) -> request.migration.lateFrom = Optional.of(given.socketPath())),

  MTU(
      ADDRESSES,
      "-m, --mtu MTU",
      "MTU announced by DHCP and NDP, 65520 by default; 0: announce none",
      (request, given) -> request.asked.mtu = (int) given.number(0, Configuration.MAX_MTU)),
  ADDRESS(
      ADDRESSES,
      "-a, --address ADDRESS[/LENGTH]",
      "The guest's address, one per family; that of the template interface by default",
      RequestBuilder::address),
  NETMASK(ADDRESSES, "-n, --netmask MASK", "IPv4 mask, as bits or dotted", RequestBuilder::netmask),
  MAC_ADDR(
      ADDRESSES,
      "-M, --mac-addr MAC",
      "Our MAC address, 9a:55:9a:55:9a:55 by default",
      (request, given) -> request.asked.ourMac = given.mac()),
  GATEWAY(
      ADDRESSES,
      "-g, --gateway ADDRESS",
      "The guest's router, one per family",
      (request, given) -> {
        IpAddress address = given.address(OptionArgument::isRouter, "a router's");
        request.family(address).gateway = Optional.of(address);
      }),
  INTERFACE(
      ADDRESSES,
      "-i, --interface NAME",
      "Template interface, that of the first default route by default",
      (request, given) -> request.asked.interfaceName = Optional.of(given.interfaceName())),
  OUTBOUND(
      ADDRESSES,
      "-o, --outbound ADDRESS",
      "Source address of the host's sockets, one per family",
      (request, given) -> {
        IpAddress address = given.address(OptionArgument::isSource, "one of this host's");
        request.family(address).outboundAddress = Optional.of(address);
      }),
  OUTBOUND_IF4(
      ADDRESSES,
      "--outbound-if4 NAME",
      "Bind IPv4 sockets to this interface",
      (request, given) -> request.ipv4.outboundInterface = Optional.of(given.interfaceName())),
  OUTBOUND_IF6(
      ADDRESSES,
      "--outbound-if6 NAME",
      "Bind IPv6 sockets to this interface",
      (request, given) -> request.ipv6.outboundInterface = Optional.of(given.interfaceName())),
  FREEBIND(
      ADDRESSES,
      "--freebind",
      "Allow binding to addresses the host lacks",
      request -> request.asked.freebind = true),
  IPV4_ONLY(ADDRESSES, "-4, --ipv4-only", "No IPv6", request -> request.only(request.ipv4)),
  IPV6_ONLY(ADDRESSES, "-6, --ipv6-only", "No IPv4", request -> request.only(request.ipv6)),
  MAP_HOST_LOOPBACK(
      ADDRESSES,
      "--map-host-loopback ADDRESS|none",
      "The guest reaches the host's loopback at this address, the gateway's by default",
      RequestBuilder::mapHostLoopback),
  NO_MAP_GW(
      ADDRESSES,
      "--no-map-gw",
      "Don't map the gateway's address to the host",
      request -> request.asked.mapGateway = false),
  MAP_GUEST_ADDR(
      ADDRESSES,
      "--map-guest-addr ADDRESS|none",
      "The guest reaches the host's own address, which is also its own, at this one",
      RequestBuilder::mapGuestAddress),

  DNS(
      NAMES,
      "-D, --dns ADDRESS|none",
      "Resolver for the guest, may be repeated; those of /etc/resolv.conf by default",
      RequestBuilder::resolver),
  DNS_FORWARD(
      NAMES,
      "--dns-forward ADDRESS",
      "Redirect DNS traffic to this address",
      (request, given) -> {
        IpAddress address = given.address(OptionArgument::isRouter, "one the guest can reach");
        request.family(address).dnsForward = Optional.of(address);
      }),
  DNS_HOST(
      NAMES,
      "--dns-host ADDRESS",
      "Where DNS traffic is redirected to",
      (request, given) -> {
        IpAddress address = given.address(OptionArgument::isResolver, "a resolver's");
        request.family(address).dnsHost = Optional.of(address);
      }),
  SEARCH(
      NAMES,
      "-S, --search DOMAINS|none",
      "Domains to search, may be repeated; those of /etc/resolv.conf by default",
      RequestBuilder::search),
  HOSTNAME(
      NAMES,
      "-H, --hostname NAME",
      "The guest's name, announced by DHCP",
      (request, given) -> request.asked.hostName = given.domainName()),
  FQDN(
      NAMES,
      "--fqdn NAME",
      "The guest's full name, announced by DHCP and DHCPv6",
      (request, given) -> request.asked.fullyQualifiedName = given.domainName()),
  NO_DHCP_DNS(
      NAMES,
      "--no-dhcp-dns",
      "Announce no resolvers",
      request -> request.asked.tellResolvers = false),
  NO_DHCP_SEARCH(
      NAMES,
      "--no-dhcp-search",
      "Announce no domains to search",
      request -> request.asked.tellSearchList = false),

  NO_TCP(PROTOCOLS, "--no-tcp", "No TCP", request -> request.services.tcp = false),
  NO_UDP(PROTOCOLS, "--no-udp", "No UDP", request -> request.services.udp = false),
  UDP_FILTERING(
      OURS,
      PROTOCOLS,
      "--udp-filtering FILTERING",
      "Whose datagrams reach a port that the guest sends from: address-and-port-dependent (of those"
          + " it sends to, by default), address-dependent (of any port of theirs) or"
          + " endpoint-independent (of anybody)",
      (request, given) -> request.asked.udpFiltering = given.constant(UdpFiltering.values())),
  PRESERVE_PORTS(
      OURS,
      PROTOCOLS,
      "--preserve-ports on|off",
      "Whether the guest's TCP connections keep their source ports where these are free on the host"
          + " (default: off)",
      (request, given) -> request.asked.preservePorts = given.isFirstOf("on", "off")),
  NO_ICMP(
      PROTOCOLS,
      "--no-icmp",
      "No ICMP and ICMPv6 echo, implies --no-ndp",
      request -> request.services.icmp = false),
  NO_DHCP(PROTOCOLS, "--no-dhcp", "No DHCP server", request -> request.services.dhcp = false),
  NO_NDP(
      PROTOCOLS,
      "--no-ndp",
      "No neighbour discovery, no router advertisements",
      request -> request.services.ndp = false),
  NO_DHCPV6(
      PROTOCOLS, "--no-dhcpv6", "No DHCPv6 server", request -> request.services.dhcpv6 = false),
  NO_RA(PROTOCOLS, "--no-ra", "No router advertisements", request -> request.services.ra = false),

  TCP_PORTS(
      FORWARDING,
      "-t, --tcp-ports SPEC",
      "Forward TCP ports of the host to the guest, may be repeated",
      (request, given) -> request.forward(Protocol.TCP, given)),
  UDP_PORTS(
      FORWARDING,
      "-u, --udp-ports SPEC",
      "The same for UDP",
      (request, given) -> request.forward(Protocol.UDP, given)),
  FORWARD_CLOSED(
      OURS,
      FORWARDING,
      "--forward-closed WAY",
      "What peers find at a forwarded TCP port where the guest takes no connections: listen (they"
          + " connect and are reset, by default) or refuse (they are refused, once one was)",
      (request, given) -> request.asked.forwardClosed = given.constant(ForwardClosed.values())),
  CONF_PATH(
      FORWARDING,
      "-c, --conf-path PATH",
      "Listen at this UNIX domain socket for pesto, which changes what is forwarded",
      (request, given) -> request.process.configuration = Optional.of(given.socketPath())),

  NO_SPLICE("--no-splice", _ -> {}),

  NS_IFNAME("-I, --ns-ifname NAME"),
  TCP_NS("-T, --tcp-ns SPEC"),
  UDP_NS("-U, --udp-ns SPEC"),
  USERNS("--userns PATH"),
  NETNS("--netns PATH"),
  NETNS_ONLY("--netns-only"),
  NO_NETNS_QUIT("--no-netns-quit"),
  CONFIG_NET("--config-net"),
  NO_COPY_ROUTES("--no-copy-routes"),
  NO_COPY_ADDRS("--no-copy-addrs"),
  NS_MAC_ADDR("--ns-mac-addr MAC"),
  DHCP_DNS("--dhcp-dns"),
  DHCP_SEARCH("--dhcp-search"),
  HOST_LO_TO_NS_LO("--host-lo-to-ns-lo"),
  SPLICE_ONLY("--splice-only"),
  NO_PIDNS("--no-pidns");

  /** What becomes of an option. */
  enum Availability {
    /** Does what it says. */
    SUPPORTED,
    /** The same; passt has no such option. */
    OURS,
    /** Taken for compatibility; there is nothing to do. */
    WITHOUT_EFFECT,
    /** Only the program's other mode has it. */
    PASTA_ONLY
  }

  private final Availability availability;
  private final OptionSection section;
  private final Synopsis synopsis;
  private final String description;
  private final BiConsumer<RequestBuilder, OptionArgument> reader;

  /** A flag. */
  PasstOption(
      OptionSection section, String synopsis, String description, Consumer<RequestBuilder> reader) {
    this(Availability.SUPPORTED, section, synopsis, description, (to, _) -> reader.accept(to));
  }

  /** One with an argument. */
  PasstOption(
      OptionSection section,
      String synopsis,
      String description,
      BiConsumer<RequestBuilder, OptionArgument> reader) {
    this(Availability.SUPPORTED, section, synopsis, description, reader);
  }

  /** A flag without effect on what is asked for. */
  PasstOption(String synopsis, Consumer<RequestBuilder> reader) {
    this(Availability.WITHOUT_EFFECT, PROCESS, synopsis, "", (to, _) -> reader.accept(to));
  }

  /** One of pasta's. */
  PasstOption(String synopsis) {
    this(Availability.PASTA_ONLY, PROCESS, synopsis, "", RequestBuilder::refuse);
  }

  /**
   * One of any kind.
   *
   * @param synopsis its letter and long names with their dashes, and its argument
   * @param reader applies what was given to the request
   */
  PasstOption(
      Availability availability,
      OptionSection section,
      String synopsis,
      String description,
      BiConsumer<RequestBuilder, OptionArgument> reader) {
    this.availability = availability;
    this.section = section;
    this.synopsis = Synopsis.parse(synopsis);
    this.description = description;
    this.reader = reader;
  }

  Availability availability() {
    return availability;
  }

  OptionSection section() {
    return section;
  }

  /** How it is given. */
  Synopsis synopsis() {
    return synopsis;
  }

  /** Whether passt has no such option. */
  boolean isOurs() {
    return availability == Availability.OURS;
  }

  /** Whether it does what it says. */
  boolean isSupported() {
    return availability == Availability.SUPPORTED || isOurs();
  }

  String description() {
    return description;
  }

  /**
   * Applies it to a request.
   *
   * @throws ConfigurationException if it can't be taken, or its argument isn't what it takes
   */
  void read(OptionArgument given, RequestBuilder request) {
    reader.accept(request, given);
  }

  /** The first long name with its dashes. */
  @Override
  public String toString() {
    return "--" + synopsis.names().getFirst();
  }
}
