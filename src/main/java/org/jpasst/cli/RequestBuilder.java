package org.jpasst.cli;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jpasst.config.CacheMode;
import org.jpasst.config.CaptureFormat;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.config.GuestSocket;
import org.jpasst.config.LinkSettings;
import org.jpasst.config.MigrationSettings;
import org.jpasst.config.Notice;
import org.jpasst.config.ProcessSettings;
import org.jpasst.config.RepairSocket;
import org.jpasst.config.RequestedConfiguration;
import org.jpasst.config.RequestedFamily;
import org.jpasst.config.SandboxSettings;
import org.jpasst.config.Services;
import org.jpasst.config.UplinkPlace;
import org.jpasst.config.Verbosity;
import org.jpasst.net.IpAddress;

/**
 * What the options so far ask for, as passt has it: the last of a kind counts, save where options
 * add up. The options' readers change it; here is what takes more than one assignment, and what
 * can't stand together.
 */
final class RequestBuilder {
  /** What QEMU's document on vhost-user wants from back-end programs ("Backend program"). */
  static final String CAPABILITIES = "{\n  \"type\": \"net\"\n}\n";

  private static final int MAX_SEARCH_ARGUMENT = 1024;

  /** What is a mistake without vhost-user. */
  private static final List<PasstOption> FOR_VHOST_USER =
      List.of(
          PasstOption.VHOST_USER_FEATURES, PasstOption.MIGRATE_EXIT, PasstOption.MIGRATE_NO_LINGER);

  /** What is a mistake where nothing is translated and nothing served. */
  private static final Set<OptionSection> OF_TRANSLATION =
      EnumSet.of(
          OptionSection.ADDRESSES,
          OptionSection.NAMES,
          OptionSection.PROTOCOLS,
          OptionSection.FORWARDING);

  final RequestedConfiguration.Builder asked = new RequestedConfiguration.Builder();
  final ProcessSettings.Builder process = asked.process;
  final SandboxSettings.Builder sandbox = process.sandbox;
  final LinkSettings.Builder link = asked.link;
  final MigrationSettings.Builder migration = asked.migration;
  final RequestedFamily.Builder ipv4 = asked.ipv4;
  final RequestedFamily.Builder ipv6 = asked.ipv6;
  final Services.Builder services = asked.services;
  private OptionalInt netmask = OptionalInt.empty();
  private final Set<PasstOption> given = EnumSet.noneOf(PasstOption.class);
  private final List<Notice> notices = new ArrayList<>();
  private Optional<String> answer = Optional.empty();
  private Optional<GuestSocket> socket = Optional.empty();

  /** Where the guest is if it isn't behind a socket, and the option that says so. */
  private Optional<GuestSocket> other = Optional.empty();

  private PasstOption otherOption = PasstOption.TAP;

  /**
   * Takes one option.
   *
   * @throws ConfigurationException if it can't be taken, or its argument isn't what it takes
   */
  void take(OptionArgument argument) {
    given.add(argument.option());
    argument.option().read(argument, this);
  }

  /** What the user must know. */
  List<Notice> notices() {
    return notices;
  }

  /** What to print instead of running. */
  Optional<String> answer() {
    return answer;
  }

  void answer(String text) {
    answer = Optional.of(text);
  }

  void warn(String text) {
    notices.add(Notice.warning(text));
  }

  void refuse(OptionArgument pastas) {
    throw new ConfigurationException(pastas.option() + ": is for pasta mode only; leave it out");
  }

  void debug() {
    process.verbosity = process.verbosity == Verbosity.TRACE ? Verbosity.TRACE : Verbosity.DEBUG;
  }

  /** What is no number, or none above 0, means no statistics, as with passt. */
  void statistics(OptionArgument delay) {
    if (!process.foreground) {
      throw delay.refused("is for the foreground only; write --foreground before it");
    }
    long seconds = CNumber.parse(delay.text()).orElse(0);
    if (seconds < 1) {
      warn(delay.option() + " " + delay.text() + ": no delay, no statistics");
    }
    process.statistics = Math.clamp(seconds, 0, Integer.MAX_VALUE);
  }

  void socket(GuestSocket guest) {
    socket = Optional.of(guest);
  }

  void otherGuest(OptionArgument option, GuestSocket guest) {
    other = Optional.of(guest);
    otherOption = option.option();
  }

  void backend(OptionArgument backend) {
    String text = backend.text();
    int at = text.indexOf('=');
    otherGuest(
        backend,
        at < 0
            ? new GuestSocket.Provided(text, "")
            : new GuestSocket.Provided(text.substring(0, at), text.substring(at + 1)));
  }

  RequestedFamily.Builder family(IpAddress address) {
    return address.isIpv4() ? ipv4 : ipv6;
  }

  void only(RequestedFamily.Builder family) {
    asked.withIpv4 = family == ipv4;
    asked.withIpv6 = family == ipv6;
  }

  void address(OptionArgument argument) {
    OptionArgument.Prefix prefix = argument.prefix(OptionArgument::isGuest, "a host's");
    RequestedFamily.Builder family = family(prefix.address());
    family.address = Optional.of(prefix.address());
    family.prefixLength = prefix.length();
    checkLength();
  }

  void netmask(OptionArgument argument) {
    netmask = OptionalInt.of(argument.netmask());
    checkLength();
  }

  /** At each of the two options, as passt does: a later address without a length helps nothing. */
  private void checkLength() {
    if (netmask.isPresent() && ipv4.prefixLength.isPresent()) {
      throw new ConfigurationException(
          "--netmask: --address has a prefix length already; leave out either");
    }
  }

  void resolver(OptionArgument argument) {
    if (argument.isNone()) {
      asked.withoutResolvers = true;
      for (RequestedFamily.Builder family : List.of(ipv4, ipv6)) {
        family.resolvers.clear();
        family.dnsForward = Optional.empty();
        family.dnsHost = Optional.empty();
      }
      return;
    }
    IpAddress address = argument.address(_ -> true, "a resolver's, or none");
    if (!address.isUnspecified()) {
      asked.withoutResolvers = false;
      family(address).resolvers.add(address);
    }
  }

  void mapHostLoopback(OptionArgument argument) {
    if (argument.isNone()) {
      ipv4.mapHostLoopback = Optional.empty();
      ipv6.mapHostLoopback = Optional.empty();
      asked.mapGateway = false;
      return;
    }
    IpAddress address = argument.address(OptionArgument::isMapped, "a free one, or none");
    family(address).mapHostLoopback = Optional.of(address);
  }

  void mapGuestAddress(OptionArgument argument) {
    if (argument.isNone()) {
      ipv4.mapGuestAddress = Optional.empty();
      ipv6.mapGuestAddress = Optional.empty();
      return;
    }
    IpAddress address = argument.address(OptionArgument::isMapped, "a free one, or none");
    family(address).mapGuestAddress = Optional.of(address);
  }

  /** QEMU joins its list by spaces, as the manual page has it. */
  void search(OptionArgument argument) {
    if (argument.isNone()) {
      asked.searchList = Optional.of(List.of());
      return;
    }
    if (argument.text().isBlank() || argument.text().length() > MAX_SEARCH_ARGUMENT) {
      throw argument.refused("give 1 to " + MAX_SEARCH_ARGUMENT + " characters, or none");
    }
    List<String> names = new ArrayList<>(asked.searchList.orElse(List.of()));
    names.addAll(List.of(argument.text().strip().split("\\s+")));
    if (names.size() > RequestedConfiguration.MAX_SEARCH_LIST) {
      throw argument.refused("too many domains; at most " + RequestedConfiguration.MAX_SEARCH_LIST);
    }
    asked.searchList = Optional.of(names);
  }

  void forward(Protocol protocol, OptionArgument spec) {
    asked.forwards.add(new RequestedConfiguration.Forward(protocol, spec.text()));
  }

  /**
   * The wishes as a whole.
   *
   * @throws ConfigurationException if two of them can't stand together
   */
  RequestedConfiguration build() {
    if (netmask.isPresent()) {
      ipv4.prefixLength = netmask;
    }
    for (PasstOption each : FOR_VHOST_USER) {
      if (given.contains(each) && !link.vhostUser) {
        throw new ConfigurationException(each + ": is for --vhost-user only; leave it out");
      }
    }
    if (!asked.withIpv6) {
      refuseBinding(PasstOption.OUTBOUND_IF6, ipv6, PasstOption.IPV4_ONLY);
    }
    if (!asked.withIpv4) {
      refuseBinding(PasstOption.OUTBOUND_IF4, ipv4, PasstOption.IPV6_ONLY);
    }
    refuseUselessRing();
    refuseUselessMonitor();
    refuseUselessLateFrames();
    placeGuest();
    link.uplink.ifPresent(this::bridge);
    return asked.build();
  }

  /** What is about connections has no effect: there are none here. */
  private void bridge(UplinkPlace uplink) {
    for (PasstOption each : given) {
      if (OF_TRANSLATION.contains(each.section()) || each == PasstOption.VLAN) {
        throw new ConfigurationException(
            each
                + ": with "
                + PasstOption.UPLINK
                + " nothing is translated and nothing served; leave out either");
      }
    }
    if (link.socket instanceof GuestSocket.Inherited(int guest)
        && uplink instanceof UplinkPlace.Inherited(int fd)
        && guest == fd) {
      throw new ConfigurationException(
          PasstOption.UPLINK + " " + uplink + ": --fd has this descriptor; give another");
    }
    asked.withIpv4 = false;
    asked.withIpv6 = false;
    asked.tellResolvers = false;
    migration.repair = new RepairSocket.None();
  }

  private static void refuseBinding(
      PasstOption option, RequestedFamily.Builder family, PasstOption otherOnly) {
    if (family.outboundInterface.isPresent()) {
      throw new ConfigurationException(
          option + ": its family is off by " + otherOnly + "; leave out either");
    }
  }

  private void refuseUselessRing() {
    boolean works = link.capture.map(CaptureFormat::of).equals(Optional.of(CaptureFormat.PCAPNG));
    if (link.ring.isPresent() && !works) {
      throw new ConfigurationException(
          PasstOption.PCAP_RING
              + ": is for pcapng only; give "
              + PasstOption.PCAP
              + " a name that ends with .pcapng");
    }
  }

  private void refuseUselessMonitor() {
    boolean moves = migration.to.isPresent() || migration.from.isPresent();
    if (migration.monitor.isPresent() != moves) {
      throw new ConfigurationException(
          PasstOption.QMP
              + " goes with "
              + PasstOption.MIGRATE_TO
              + " or "
              + PasstOption.MIGRATE_FROM
              + ", and they with it; give both");
    }
    if (moves && link.vhostUser) {
      throw new ConfigurationException(
          PasstOption.QMP
              + ": with --vhost-user QEMU carries the state by itself; leave out either");
    }
  }

  /** Where packets are translated they wait in sockets, and not for another host. */
  private void refuseUselessLateFrames() {
    if (migration.lateTo.isEmpty() && migration.lateFrom.isEmpty()) {
      return;
    }
    PasstOption option =
        migration.lateTo.isPresent() ? PasstOption.LATE_FRAMES_TO : PasstOption.LATE_FRAMES_FROM;
    if (link.uplink.isEmpty()) {
      throw new ConfigurationException(
          option + ": is for guests that are bridged only; give " + PasstOption.UPLINK + ", too");
    }
    if (migration.cacheMode == CacheMode.OFF) {
      throw new ConfigurationException(
          option + ": such frames come by the packet cache; leave out --packet-cache off");
    }
  }

  private void placeGuest() {
    if (other.isPresent() && socket.isPresent()) {
      throw new ConfigurationException(
          otherOption + ": --socket or --fd says already where the guest is; leave out either");
    }
    if (other.isPresent() && link.vhostUser) {
      throw new ConfigurationException(
          otherOption + ": what is there doesn't speak vhost-user; leave out --vhost-user");
    }
    other.or(() -> socket).ifPresent(guest -> link.socket = guest);
    link.oneOff |=
        switch (link.socket) {
          case GuestSocket.Inherited _, GuestSocket.Tap _, GuestSocket.Provided _ -> true;
          case GuestSocket.Listen _, GuestSocket.ListenAtFirstFree _ -> false;
        };
  }
}
