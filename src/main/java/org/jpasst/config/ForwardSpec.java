package org.jpasst.config;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jpasst.net.IpAddress;

/**
 * Reads the SPEC of {@code -t} and {@code -u} (passt(1)):
 *
 * <pre>
 * spec    = [ bind "/" ] entry { "," entry }
 * bind    = [ address ] [ "%" interface ]
 * entry   = range [ ":" target ] | "~" range | "all" [ ":" address ]
 * target  = range | address [ "/" range ]
 * range   = port [ "-" port ]
 * address = an address, IPv6 also in brackets; in brackets where "/" follows in a target
 * </pre>
 *
 * <p>Beyond passt, a later entry may carry a bind of its own, which then holds for the entries from
 * there on, as if a new SPEC began: QEMU joins its list of SPECs by commas.
 */
final class ForwardSpec {
  private static final String ALL = "all";
  private static final Pattern NUMBER = Pattern.compile("\\s*\\+?\\d+");
  private static final Pattern BACKWARDS = Pattern.compile("\\b(\\d{1,5})-(\\d{1,5})\\b");

  /**
   * What a SPEC's meaning depends on.
   *
   * @param ipv4 whether IPv4 is enabled
   * @param ipv6 whether IPv6 is enabled
   * @param ephemeral ports that are left out where a SPEC names none
   */
  record Host(boolean ipv4, boolean ipv6, PortRange ephemeral) {}

  private record Bind(Optional<IpAddress> address, Optional<String> interfaceName) {
    static final Bind ANY = new Bind(Optional.empty(), Optional.empty());
  }

  private record Include(PortRange ports, int targetFirst, Optional<IpAddress> target) {}

  private final ForwardRule.Protocol protocol;
  private final Host host;
  private final List<ForwardRule> rules = new ArrayList<>();

  private Bind bind = Bind.ANY;
  private final List<Include> includes = new ArrayList<>();
  private final BitSet excluded = new BitSet();
  private Optional<IpAddress> targetOfAll = Optional.empty();

  private ForwardSpec(ForwardRule.Protocol protocol, Host host) {
    this.protocol = protocol;
    this.host = host;
  }

  /**
   * The rules that a SPEC stands for, in its order; none where everything is excluded.
   *
   * @throws ConfigurationException with what is wrong in it
   */
  static List<ForwardRule> parse(ForwardRule.Protocol protocol, String text, Host host) {
    ForwardSpec spec = new ForwardSpec(protocol, host);
    String[] entries = text.split(",", -1);
    for (int i = 0; i < entries.length; i++) {
      spec.entry(entries[i], i == 0);
    }
    spec.finishGroup();
    return spec.rules;
  }

  private void entry(String text, boolean first) {
    int slash = text.indexOf('/');
    Optional<Bind> own = slash < 0 ? Optional.empty() : bind(text.substring(0, slash));
    if (own.isPresent() && !first) {
      finishGroup();
    }
    own.ifPresent(b -> bind = familyChecked(b));
    String ports = own.isPresent() ? text.substring(slash + 1) : text;
    if (ports.startsWith("~")) {
      PortRange range = range(ports.substring(1)).orElseThrow(() -> noPorts(ports));
      excluded.set(range.first(), range.last() + 1);
    } else if (ports.equals(ALL) || ports.startsWith(ALL + ":")) {
      all(ports);
    } else if (ports.equals("auto")) {
      throw new ConfigurationException("\"auto\" is for pasta mode only; name the ports");
    } else if (ports.equals("none")) {
      throw new ConfigurationException("\"none\" stands alone; leave out it or the rest");
    } else {
      includes.add(include(ports));
    }
  }

  /** What stands before the first slash, if it is a bind; a slash in a target isn't one. */
  private static Optional<Bind> bind(String text) {
    int percent = text.indexOf('%');
    String address = percent < 0 ? text : text.substring(0, percent);
    Optional<String> name =
        percent < 0 ? Optional.empty() : Optional.of(text.substring(percent + 1));
    if (name.isPresent() && !ForwardRule.isInterfaceName(name.get())) {
      throw new ConfigurationException(
          "\"" + name.get() + "\" is no interface name; it takes 1 to 15 bytes");
    }
    if (address.isEmpty()) {
      return Optional.of(new Bind(Optional.empty(), name));
    }
    return address(address).map(a -> new Bind(Optional.of(a), name));
  }

  private Bind familyChecked(Bind candidate) {
    candidate.address.ifPresent(
        address -> {
          if (address.isIpv4() ? !host.ipv4 : !host.ipv6) {
            throw new ConfigurationException(
                "address " + address + " is of a family that is disabled; leave it out");
          }
        });
    return candidate;
  }

  private void all(String text) {
    if (text.length() > ALL.length()) {
      String address = text.substring(ALL.length() + 1);
      targetOfAll = Optional.of(target(address(address).orElseThrow(() -> noPorts(text))));
    }
  }

  private Include include(String text) {
    int colon = text.indexOf(':');
    PortRange ports =
        range(colon < 0 ? text : text.substring(0, colon)).orElseThrow(() -> noPorts(text));
    if (ports.first() == 0) {
      throw new ConfigurationException("port 0 can't be forwarded; ports are 1 to 65535");
    }
    if (colon < 0) {
      return new Include(ports, ports.first(), Optional.empty());
    }
    return include(ports, text.substring(colon + 1), text);
  }

  private Include include(PortRange ports, String target, String text) {
    Optional<PortRange> plain = range(target);
    if (plain.isPresent()) {
      return new Include(ports, targetPorts(ports, plain.get()), Optional.empty());
    }
    int slash = target.indexOf('/');
    if (slash < 0) {
      IpAddress address = target(address(target).orElseThrow(() -> noPorts(text)));
      return new Include(ports, ports.first(), Optional.of(address));
    }
    String address = target.substring(0, slash);
    if (address.indexOf(':') >= 0 && !address.startsWith("[")) {
      throw new ConfigurationException("target address \"" + address + "\" needs brackets");
    }
    PortRange range = range(target.substring(slash + 1)).orElseThrow(() -> noPorts(text));
    return new Include(
        ports,
        targetPorts(ports, range),
        Optional.of(target(address(address).orElseThrow(() -> noPorts(text)))));
  }

  private static int targetPorts(PortRange ports, PortRange target) {
    if (target.first() == 0) {
      throw new ConfigurationException("port 0 can't be a target; ports are 1 to 65535");
    }
    if (target.size() != ports.size()) {
      throw new ConfigurationException(
          "ranges " + ports + " and " + target + " differ in length; make them equal");
    }
    return target.first();
  }

  private IpAddress target(IpAddress address) {
    if (address.isMulticast() || address.isUnspecified() || address.equals(IpAddress.BROADCAST4)) {
      throw new ConfigurationException("target " + address + " is no address of one guest");
    }
    Optional<IpAddress> listening = bindAddress();
    if (listening.isEmpty() || listening.get().isIpv4() != address.isIpv4()) {
      throw new ConfigurationException(
          "target "
              + address
              + " needs an address of its family to listen at, such as "
              + (address.isIpv4() ? "0.0.0.0/PORTS" : "::/PORTS"));
    }
    return address;
  }

  /** Where to listen, with the one enabled family's wildcard made explicit. */
  private Optional<IpAddress> bindAddress() {
    if (bind.address.isPresent() || (host.ipv4 && host.ipv6)) {
      return bind.address;
    }
    return Optional.of(host.ipv4 ? IpAddress.ANY4 : IpAddress.ANY6);
  }

  private void finishGroup() {
    if (includes.isEmpty()) {
      excluded.set(host.ephemeral.first(), host.ephemeral.last() + 1);
      PortRange everything = new PortRange(1, ForwardRule.MAX_PORT);
      split(new Include(everything, 1, targetOfAll), true);
    } else {
      includes.forEach(include -> split(include, false));
    }
    includes.clear();
    excluded.clear();
    targetOfAll = Optional.empty();
  }

  /** Adds a rule for each run of ports that isn't excluded. */
  private void split(Include include, boolean bestEffort) {
    int shift = include.targetFirst - include.ports.first();
    int first = excluded.nextClearBit(include.ports.first());
    while (first <= include.ports.last()) {
      int next = excluded.nextSetBit(first);
      int last = next < 0 ? include.ports.last() : Math.min(next - 1, include.ports.last());
      rules.add(
          new ForwardRule(
              protocol,
              bindAddress(),
              bind.interfaceName,
              first,
              last,
              first + shift,
              include.target,
              bestEffort));
      first = excluded.nextClearBit(last + 1);
    }
  }

  private static Optional<IpAddress> address(String text) {
    boolean bracketed = text.length() > 2 && text.startsWith("[") && text.endsWith("]");
    return IpAddress.parse(bracketed ? text.substring(1, text.length() - 1) : text);
  }

  private static Optional<PortRange> range(String text) {
    int dash = text.indexOf('-');
    OptionalInt first = port(dash < 0 ? text : text.substring(0, dash));
    OptionalInt last = dash < 0 ? first : port(text.substring(dash + 1));
    return first.isPresent() && last.isPresent()
        ? PortRange.of(first.getAsInt(), last.getAsInt())
        : Optional.empty();
  }

  /** A decimal number as strtoul(3) reads it: blanks, a plus sign and zeros may lead. */
  private static OptionalInt port(String text) {
    String digits = text.stripLeading();
    if (digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    if (digits.isEmpty()) {
      return OptionalInt.empty();
    }
    int value = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        return OptionalInt.empty();
      }
      value = value * 10 + (c - '0');
      if (value > ForwardRule.MAX_PORT) {
        return OptionalInt.empty();
      }
    }
    return OptionalInt.of(value);
  }

  /** The refusal of what is no entry, by the mistake in it if that can be told. */
  private static ConfigurationException noPorts(String text) {
    for (String part : text.split("[-:/~]")) {
      if (NUMBER.matcher(part).matches() && port(part).isEmpty()) {
        return new ConfigurationException(
            "port " + part.strip() + " is above " + ForwardRule.MAX_PORT);
      }
    }
    Matcher backwards = BACKWARDS.matcher(text);
    while (backwards.find()) {
      int first = Integer.parseInt(backwards.group(1));
      int last = Integer.parseInt(backwards.group(2));
      if (first > last) {
        return new ConfigurationException(
            "range " + backwards.group() + " runs backwards; write " + last + "-" + first);
      }
    }
    return new ConfigurationException(
        "\"" + text + "\" is no port specifier; write [ADDRESS][%INTERFACE]/PORT[-PORT][:TARGET]");
  }
}
