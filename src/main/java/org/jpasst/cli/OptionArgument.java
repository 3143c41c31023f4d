package org.jpasst.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.MetricsPlace;
import org.jpasst.config.UplinkPlace;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/**
 * An option that was given, and its argument, read as what the option takes.
 *
 * @param option the option
 * @param text its argument; empty for a flag
 */
record OptionArgument(PasstOption option, String text) {
  /** Longest domain name as text (RFC 1035 section 2.3.4). */
  private static final int MAX_DOMAIN_NAME = 253;

  /** IFNAMSIZ of linux/if.h, less the NUL. */
  private static final int MAX_INTERFACE_NAME = 15;

  /** The prefix of IPv4 addresses as IPv6 ones, RFC 4291 section 2.5.5.2. */
  private static final int MAPPED_BITS = 96;

  /** Size of sun_path, unix(7); a NUL must fit too. */
  private static final int SUN_PATH_SIZE = 108;

  /**
   * An address, with a prefix length if there is a slash.
   *
   * @param address the address
   * @param length what follows the slash
   */
  record Prefix(IpAddress address, OptionalInt length) {}

  /** The refusal of the argument, with the reason and what to give instead. */
  ConfigurationException refused(String reason) {
    return new ConfigurationException(option + " " + text + ": " + reason);
  }

  boolean isNone() {
    return text.equals("none");
  }

  /** Whether it is the first of two words; it has to be one of them. */
  boolean isFirstOf(String first, String second) {
    return oneOf(List.of(first, second)).equals(first);
  }

  /**
   * One of these constants, of which each is called as in Java, but in small letters with dashes.
   */
  <E extends Enum<E>> E constant(E[] constants) {
    List<String> words =
        Arrays.stream(constants)
            .map(each -> each.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .toList();
    return constants[words.indexOf(oneOf(words))];
  }

  private String oneOf(List<String> words) {
    if (!words.contains(text)) {
      int last = words.size() - 1;
      throw refused(
          "must be " + String.join(", ", words.subList(0, last)) + " or " + words.get(last));
    }
    return text;
  }

  /** An address that {@code suits} accepts. */
  IpAddress address(Predicate<IpAddress> suits, String wanted) {
    return address(text, suits, wanted);
  }

  private IpAddress address(String part, Predicate<IpAddress> suits, String wanted) {
    IpAddress address =
        IpAddress.parse(part)
            .orElseThrow(() -> refused("not an IPv4 or IPv6 address; give " + wanted));
    if (!suits.test(address)) {
      throw refused("address doesn't suit; give " + wanted);
    }
    return address;
  }

  Prefix prefix(Predicate<IpAddress> suits, String wanted) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return new Prefix(address(suits, wanted), OptionalInt.empty());
    }
    IpAddress address = address(text.substring(0, slash), suits, wanted);
    int most = address.isIpv4() ? 32 : 128;
    int length = decimal(text.substring(slash + 1));
    if (address.isIpv4() && text.indexOf(':') >= 0 && length >= MAPPED_BITS) {
      length -= MAPPED_BITS;
    }
    if (length < 0 || length > most) {
      throw refused("prefix length must be 0 to " + most);
    }
    return new Prefix(address, OptionalInt.of(length));
  }

  /** A mask as bits or dotted; 0 to 32. */
  int netmask() {
    OptionalLong bits = CNumber.parse(text);
    if (bits.isPresent() && bits.getAsLong() >= 0 && bits.getAsLong() <= 32) {
      return (int) bits.getAsLong();
    }
    Optional<IpAddress> dotted = IpAddress.parse(text).filter(IpAddress::isIpv4);
    int mask = dotted.orElseThrow(() -> refused("must be 0 to 32 or a dotted mask")).ipv4();
    int hostPart = ~mask;
    if ((hostPart & (hostPart + 1)) != 0) {
      throw refused("not a contiguous mask");
    }
    return Integer.bitCount(mask);
  }

  /** The number as strtoul(3) reads it with base 10, or -1 if it is none or beyond 999. */
  private static int decimal(String text) {
    String digits = text.stripLeading();
    digits = digits.startsWith("+") ? digits.substring(1) : digits;
    if (digits.isEmpty()) {
      return -1;
    }
    int value = 0;
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      value = value * 10 + (c - '0');
      if (value > 999) {
        return -1;
      }
    }
    return value;
  }

  MacAddress mac() {
    return MacAddress.parse(text)
        .orElseThrow(() -> refused("not a MAC address; give it as xx:xx:xx:xx:xx:xx"));
  }

  /** A number in C's notation within bounds. */
  long number(long least, long most) {
    OptionalLong value = CNumber.parse(text);
    if (value.isEmpty() || value.getAsLong() < least || value.getAsLong() > most) {
      throw refused(
          most == Long.MAX_VALUE
              ? "must be a number, at least " + least
              : "must be " + least + " to " + most);
    }
    return value.getAsLong();
  }

  Path path() {
    if (text.isEmpty()) {
      throw refused("empty path; give one");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw refused("the locale's character set can't express the path; set LC_ALL=C.UTF-8");
    }
  }

  Path socketPath() {
    if (text.getBytes(StandardCharsets.UTF_8).length >= SUN_PATH_SIZE) {
      throw refused("path too long; at most " + (SUN_PATH_SIZE - 1) + " bytes");
    }
    return path();
  }

  /** A port of the loopback interface, or the path of a socket. */
  MetricsPlace metricsPlace() {
    try {
      return MetricsPlace.loopback(text).orElseGet(() -> new MetricsPlace.Unix(socketPath()));
    } catch (IllegalArgumentException e) {
      throw refused(e.getMessage());
    }
  }

  /** A TAP device, by name or as a descriptor, or the path of a socket. */
  UplinkPlace uplinkPlace() {
    int at = text.indexOf(':') + 1;
    OptionArgument place = new OptionArgument(option, text.substring(at));
    return switch (text.substring(0, at)) {
      case "tap:" -> new UplinkPlace.Tap(place.interfaceName());
      case "tap-fd:" -> new UplinkPlace.Inherited((int) place.number(0, Integer.MAX_VALUE));
      case "stream:" -> new UplinkPlace.Stream(place.socketPath());
      default -> throw refused("must be tap:NAME, tap-fd:NUMBER or stream:PATH");
    };
  }

  String interfaceName() {
    int length = text.getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || length > MAX_INTERFACE_NAME) {
      throw refused("an interface name has 1 to " + MAX_INTERFACE_NAME + " bytes");
    }
    return text;
  }

  /** A domain name; an empty one is none. */
  Optional<String> domainName() {
    if (text.getBytes(StandardCharsets.UTF_8).length > MAX_DOMAIN_NAME) {
      throw refused("too long; at most " + MAX_DOMAIN_NAME + " bytes");
    }
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }

  static boolean isRouter(IpAddress address) {
    return !address.isLoopback() && isResolver(address);
  }

  static boolean isResolver(IpAddress address) {
    return !address.isUnspecified() && !address.equals(IpAddress.BROADCAST4);
  }

  static boolean isGuest(IpAddress address) {
    return isRouter(address) && !address.isMulticast();
  }

  static boolean isMapped(IpAddress address) {
    return !address.isUnspecified() && !address.isLoopback() && !address.isMulticast();
  }

  /** An IPv4-compatible address (RFC 4291 section 2.5.5.1) is no IPv6 host's either. */
  static boolean isSource(IpAddress address) {
    boolean compatible = address.hi() == 0 && address.lo() >>> 32 == 0;
    return !compatible && IpAddress.isUnicast(address.hi(), address.lo());
  }
}
