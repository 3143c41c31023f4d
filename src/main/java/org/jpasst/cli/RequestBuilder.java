package org.jpasst.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import org.jpasst.config.CacheMode;
import org.jpasst.config.CacheSettings;
import org.jpasst.config.Configuration;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.config.GuestSocket;
import org.jpasst.config.LinkSettings;
import org.jpasst.config.MigrationSettings;
import org.jpasst.config.Notice;
import org.jpasst.config.OfferedFeatures;
import org.jpasst.config.ProcessSettings;
import org.jpasst.config.RepairSocket;
import org.jpasst.config.RequestedConfiguration;
import org.jpasst.config.SandboxSettings;
import org.jpasst.config.Services;
import org.jpasst.config.UdpFiltering;
import org.jpasst.config.Verbosity;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/**
 * Collects wishes, option by option, as passt does: the last of a kind counts, save where options
 * add up, and each argument is checked by itself.
 */
final class RequestBuilder {
  private static final String NONE = "none";

  /** Longest domain name as text (RFC 1035 section 2.3.4). */
  private static final int MAX_NAME = 253;

  private static final int MAX_SEARCH_ARGUMENT = 1024;

  /** What is a mistake without vhost-user. */
  private static final List<PasstOption> FOR_VHOST_USER =
      List.of(
          PasstOption.VHOST_USER_FEATURES, PasstOption.MIGRATE_EXIT, PasstOption.MIGRATE_NO_LINGER);

  private final Consumer<Notice> notices;
  private final Set<PasstOption> flags = EnumSet.noneOf(PasstOption.class);
  private Verbosity verbosity = Verbosity.NORMAL;
  private Optional<Path> logFile = Optional.empty();
  private long logSize = ProcessSettings.DEFAULT_LOG_SIZE;
  private int statistics;
  private Optional<Path> pidFile = Optional.empty();
  private Optional<Path> control = Optional.empty();
  private Optional<Path> configuration = Optional.empty();
  private Optional<String> runAs = Optional.empty();
  private boolean sandbox = SandboxSettings.USUAL.on();
  private boolean sections = true;
  private CacheMode cacheMode = CacheSettings.USUAL.mode();
  private int cacheSize = CacheSettings.USUAL.size();
  private Optional<GuestSocket> socket = Optional.empty();

  /** Where the guest is if it isn't behind a socket, and the option that says so. */
  private Optional<GuestSocket> other = Optional.empty();

  private PasstOption otherOption = PasstOption.TAP;
  private UdpFiltering filtering = UdpFiltering.ADDRESS_AND_PORT_DEPENDENT;
  private OfferedFeatures features = OfferedFeatures.ALL;
  private Optional<Path> capture = Optional.empty();
  private RepairSocket repair = new RepairSocket.Usual();
  private Optional<Path> restore = Optional.empty();
  private int mtu = Configuration.DEFAULT_MTU;
  private MacAddress ourMac = Configuration.DEFAULT_MAC;
  private Optional<String> interfaceName = Optional.empty();
  private final FamilyBuilder ipv4 = new FamilyBuilder();
  private final FamilyBuilder ipv6 = new FamilyBuilder();
  private boolean withoutResolvers;
  private Optional<List<String>> searchList = Optional.empty();
  private Optional<String> hostName = Optional.empty();
  private Optional<String> fullyQualifiedName = Optional.empty();
  private final List<RequestedConfiguration.Forward> forwards = new ArrayList<>();

  /**
   * Begins without wishes.
   *
   * @param notices takes what the user must know
   */
  RequestBuilder(Consumer<Notice> notices) {
    this.notices = notices;
  }

  /**
   * Takes one option.
   *
   * @param option a supported one
   * @param text its argument; of no meaning for a flag
   * @throws ConfigurationException if the argument isn't what the option takes
   */
  void take(PasstOption option, String text) {
    if (option.takesArgument()) {
      takeArgument(new OptionArgument(option, text));
    } else {
      takeFlag(option);
    }
  }

  private void takeFlag(PasstOption option) {
    switch (option) {
      case QUIET -> verbosity = Verbosity.QUIET;
      case DEBUG -> verbosity = verbosity == Verbosity.TRACE ? verbosity : Verbosity.DEBUG;
      case TRACE -> verbosity = Verbosity.TRACE;
      case IPV4_ONLY -> flags.remove(PasstOption.IPV6_ONLY);
      case IPV6_ONLY -> flags.remove(PasstOption.IPV4_ONLY);
      default -> {
        // All others stay, whatever comes later.
      }
    }
    flags.add(option);
  }

  private void takeArgument(OptionArgument argument) {
    switch (argument.option()) {
      case LOG_FILE -> logFile = Optional.of(argument.path());
      case LOG_SIZE -> logSize = argument.number(ProcessSettings.MIN_LOG_SIZE, Long.MAX_VALUE);
      case STATS -> statistics = statistics(argument);
      case CONTROL -> control = Optional.of(argument.socketPath());
      case CONF_PATH -> configuration = Optional.of(argument.socketPath());
      case RUNAS -> runAs = Optional.of(argument.text());
      case SANDBOX -> sandbox = sandbox(argument);
      case PID -> pidFile = Optional.of(argument.path());
      case SOCKET -> socket = Optional.of(new GuestSocket.Listen(argument.socketPath()));
      case FD -> {
        int fd = (int) argument.number(0, Integer.MAX_VALUE);
        socket = Optional.of(new GuestSocket.Inherited(fd));
      }
      case TAP -> other(argument, new GuestSocket.Tap(argument.interfaceName()));
      case BACKEND -> other(argument, provided(argument.text()));
      case PCAP -> capture = Optional.of(argument.path());
      case VHOST_USER_FEATURES -> {
        features = features(argument);
        flags.add(argument.option());
      }
      case REPAIR_PATH -> repair = repairSocket(argument);
      case MIGRATE_FORMAT -> sections = sections(argument);
      case UDP_FILTERING -> filtering = filtering(argument);
      case PACKET_CACHE -> cacheMode = cacheMode(argument);
      case PACKET_CACHE_SIZE ->
          cacheSize = (int) argument.number(CacheSettings.MIN_SIZE, CacheSettings.MAX_SIZE);
      case RESTORE -> restore = Optional.of(argument.path());
      case MTU -> mtu = (int) argument.number(0, Configuration.MAX_MTU);
      case MAC_ADDR -> ourMac = argument.mac();
      case INTERFACE -> interfaceName = Optional.of(argument.interfaceName());
      case OUTBOUND_IF4 -> ipv4.outboundInterface = Optional.of(argument.interfaceName());
      case OUTBOUND_IF6 -> ipv6.outboundInterface = Optional.of(argument.interfaceName());
      case SEARCH -> search(argument);
      case HOSTNAME -> hostName = argument.name(MAX_NAME);
      case FQDN -> fullyQualifiedName = argument.name(MAX_NAME);
      case TCP_PORTS -> forward(Protocol.TCP, argument.text());
      case UDP_PORTS -> forward(Protocol.UDP, argument.text());
      default -> takeAddress(argument);
    }
  }

  private void takeAddress(OptionArgument argument) {
    switch (argument.option()) {
      case ADDRESS -> address(argument);
      case NETMASK -> ipv4.netmask = OptionalInt.of(argument.netmask());
      case GATEWAY -> {
        IpAddress address = argument.address(RequestBuilder::isRouter, "a router's");
        family(address).gateway = Optional.of(address);
      }
      case OUTBOUND -> {
        IpAddress address = argument.address(RequestBuilder::isSource, "one of this host's");
        family(address).outboundAddress = Optional.of(address);
      }
      case DNS -> resolver(argument);
      case DNS_FORWARD -> {
        IpAddress address = argument.address(RequestBuilder::isRouter, "one the guest can reach");
        family(address).dnsForward = Optional.of(address);
      }
      case DNS_HOST -> {
        IpAddress address =
            argument.address(
                a -> !a.isUnspecified() && !a.equals(IpAddress.BROADCAST4), "a resolver's");
        family(address).dnsHost = Optional.of(address);
      }
      case MAP_HOST_LOOPBACK -> mapHostLoopback(argument);
      case MAP_GUEST_ADDR -> mapGuestAddress(argument);
      default -> throw new IllegalStateException(argument.option() + " has no meaning");
    }
  }

  /** What is no number, or none above 0, means no statistics, as with passt. */
  private int statistics(OptionArgument argument) {
    if (!has(PasstOption.FOREGROUND)) {
      throw argument.refused("is for the foreground only; write --foreground before it");
    }
    long seconds = CNumber.parse(argument.text()).orElse(0);
    if (seconds < 1) {
      notices.accept(
          Notice.warning(argument.option() + " " + argument.text() + ": no delay, no statistics"));
    }
    return Math.clamp(seconds, 0, Integer.MAX_VALUE);
  }

  private void other(OptionArgument argument, GuestSocket guest) {
    other = Optional.of(guest);
    otherOption = argument.option();
  }

  private static GuestSocket provided(String text) {
    int at = text.indexOf('=');
    return at < 0
        ? new GuestSocket.Provided(text, "")
        : new GuestSocket.Provided(text.substring(0, at), text.substring(at + 1));
  }

  private static boolean sandbox(OptionArgument argument) {
    if (!argument.is("on") && !argument.is("off")) {
      throw argument.refused("must be on or off");
    }
    return argument.is("on");
  }

  private static boolean sections(OptionArgument argument) {
    if (!argument.is("full") && !argument.is("passt")) {
      throw argument.refused("must be full or passt");
    }
    return argument.is("full");
  }

  private static OfferedFeatures features(OptionArgument argument) {
    return switch (argument.text()) {
      case "all" -> OfferedFeatures.ALL;
      case "passt" -> OfferedFeatures.PASST;
      default -> throw argument.refused("must be all or passt");
    };
  }

  private static UdpFiltering filtering(OptionArgument argument) {
    return switch (argument.text()) {
      case "endpoint-independent" -> UdpFiltering.ENDPOINT_INDEPENDENT;
      case "address-dependent" -> UdpFiltering.ADDRESS_DEPENDENT;
      case "address-and-port-dependent" -> UdpFiltering.ADDRESS_AND_PORT_DEPENDENT;
      default ->
          throw argument.refused(
              "must be endpoint-independent, address-dependent or address-and-port-dependent");
    };
  }

  private static CacheMode cacheMode(OptionArgument argument) {
    return switch (argument.text()) {
      case "auto" -> CacheMode.AUTO;
      case "on" -> CacheMode.ON;
      case "off" -> CacheMode.OFF;
      default -> throw argument.refused("must be auto, on or off");
    };
  }

  private static RepairSocket repairSocket(OptionArgument argument) {
    return argument.is(NONE) ? new RepairSocket.None() : new RepairSocket.At(argument.socketPath());
  }

  private FamilyBuilder family(IpAddress address) {
    return address.isIpv4() ? ipv4 : ipv6;
  }

  private static boolean isRouter(IpAddress address) {
    return !address.isUnspecified()
        && !address.isLoopback()
        && !address.equals(IpAddress.BROADCAST4);
  }

  private static boolean isGuest(IpAddress address) {
    return isRouter(address) && !address.isMulticast();
  }

  private static boolean isMapped(IpAddress address) {
    return !address.isUnspecified() && !address.isLoopback() && !address.isMulticast();
  }

  /** An IPv4-compatible address (RFC 4291 section 2.5.5.1) is no IPv6 host's either. */
  private static boolean isSource(IpAddress address) {
    boolean compatible = address.hi() == 0 && address.lo() >>> 32 == 0;
    return !compatible && IpAddress.isUnicast(address.hi(), address.lo());
  }

  private void address(OptionArgument argument) {
    OptionArgument.Prefix prefix = argument.prefix(RequestBuilder::isGuest, "a host's");
    FamilyBuilder family = family(prefix.address());
    family.address = Optional.of(prefix.address());
    family.addressPrefixLength = prefix.length();
  }

  private void resolver(OptionArgument argument) {
    if (argument.is(NONE)) {
      withoutResolvers = true;
      for (FamilyBuilder family : List.of(ipv4, ipv6)) {
        family.resolvers.clear();
        family.dnsForward = Optional.empty();
        family.dnsHost = Optional.empty();
      }
      return;
    }
    IpAddress address = argument.address(a -> true, "a resolver's, or none");
    if (!address.isUnspecified()) {
      withoutResolvers = false;
      family(address).resolvers.add(address);
    }
  }

  private void mapHostLoopback(OptionArgument argument) {
    if (argument.is(NONE)) {
      ipv4.mapHostLoopback = Optional.empty();
      ipv6.mapHostLoopback = Optional.empty();
      flags.add(PasstOption.NO_MAP_GW);
      return;
    }
    IpAddress address = argument.address(RequestBuilder::isMapped, "a free one, or none");
    family(address).mapHostLoopback = Optional.of(address);
  }

  private void mapGuestAddress(OptionArgument argument) {
    if (argument.is(NONE)) {
      ipv4.mapGuestAddress = Optional.empty();
      ipv6.mapGuestAddress = Optional.empty();
      return;
    }
    IpAddress address = argument.address(RequestBuilder::isMapped, "a free one, or none");
    family(address).mapGuestAddress = Optional.of(address);
  }

  /** QEMU joins its list by spaces, as the manual page has it. */
  private void search(OptionArgument argument) {
    if (argument.is(NONE)) {
      searchList = Optional.of(List.of());
      return;
    }
    if (argument.text().isBlank() || argument.text().length() > MAX_SEARCH_ARGUMENT) {
      throw argument.refused("give 1 to " + MAX_SEARCH_ARGUMENT + " characters, or none");
    }
    List<String> names = new ArrayList<>(searchList.orElse(List.of()));
    names.addAll(List.of(argument.text().strip().split("\\s+")));
    if (names.size() > RequestedConfiguration.MAX_SEARCH_LIST) {
      throw argument.refused("too many domains; at most " + RequestedConfiguration.MAX_SEARCH_LIST);
    }
    searchList = Optional.of(names);
  }

  private void forward(Protocol protocol, String spec) {
    forwards.add(new RequestedConfiguration.Forward(protocol, spec));
  }

  /**
   * The wishes as a whole.
   *
   * @throws ConfigurationException if two of them can't stand together
   */
  RequestedConfiguration build() {
    if (ipv4.addressPrefixLength.isPresent() && ipv4.netmask.isPresent()) {
      throw new ConfigurationException(
          "--netmask: --address has a prefix length already; leave out either");
    }
    for (PasstOption each : FOR_VHOST_USER) {
      if (has(each) && !has(PasstOption.VHOST_USER)) {
        throw new ConfigurationException(each + ": is for --vhost-user only; leave it out");
      }
    }
    if (has(PasstOption.IPV4_ONLY)) {
      refuseBinding(PasstOption.OUTBOUND_IF6, ipv6, PasstOption.IPV4_ONLY);
    }
    if (has(PasstOption.IPV6_ONLY)) {
      refuseBinding(PasstOption.OUTBOUND_IF4, ipv4, PasstOption.IPV6_ONLY);
    }
    return new RequestedConfiguration(
        new ProcessSettings(
            has(PasstOption.FOREGROUND),
            verbosity,
            logFile,
            logSize,
            statistics,
            pidFile,
            control,
            configuration,
            new SandboxSettings(
                sandbox, runAs, has(PasstOption.CHROOT_FALLBACK), has(PasstOption.MIGRATE_DIRECT))),
        link(),
        new MigrationSettings(
            repair,
            has(PasstOption.MIGRATE_EXIT),
            has(PasstOption.MIGRATE_NO_LINGER),
            restore,
            sections,
            new CacheSettings(cacheMode, cacheSize)),
        mtu,
        ourMac,
        interfaceName,
        has(PasstOption.IPV6_ONLY) ? Optional.empty() : Optional.of(ipv4.build()),
        has(PasstOption.IPV4_ONLY) ? Optional.empty() : Optional.of(ipv6.build()),
        !has(PasstOption.NO_MAP_GW),
        withoutResolvers,
        searchList,
        hostName,
        fullyQualifiedName,
        !has(PasstOption.NO_DHCP_DNS),
        !has(PasstOption.NO_DHCP_SEARCH),
        services(),
        has(PasstOption.FREEBIND),
        filtering,
        forwards);
  }

  private static void refuseBinding(
      PasstOption option, FamilyBuilder family, PasstOption otherOnly) {
    if (family.outboundInterface.isPresent()) {
      throw new ConfigurationException(
          option + ": its family is off by " + otherOnly + "; leave out either");
    }
  }

  private LinkSettings link() {
    if (other.isPresent() && socket.isPresent()) {
      throw new ConfigurationException(
          otherOption + ": --socket or --fd says already where the guest is; leave out either");
    }
    if (other.isPresent() && has(PasstOption.VHOST_USER)) {
      throw new ConfigurationException(
          otherOption + ": what is there doesn't speak vhost-user; leave out --vhost-user");
    }
    GuestSocket guest = other.or(() -> socket).orElseGet(GuestSocket.ListenAtFirstFree::new);
    boolean single =
        switch (guest) {
          case GuestSocket.Inherited _, GuestSocket.Tap _, GuestSocket.Provided _ -> true;
          case GuestSocket.Listen _, GuestSocket.ListenAtFirstFree _ -> false;
        };
    return new LinkSettings(
        guest, has(PasstOption.VHOST_USER), features, single || has(PasstOption.ONE_OFF), capture);
  }

  private Services services() {
    return new Services(
        !has(PasstOption.NO_TCP),
        !has(PasstOption.NO_UDP),
        !has(PasstOption.NO_ICMP),
        !has(PasstOption.NO_DHCP),
        !has(PasstOption.NO_DHCPV6),
        !has(PasstOption.NO_NDP),
        !has(PasstOption.NO_RA));
  }

  private boolean has(PasstOption flag) {
    return flags.contains(flag);
  }
}
