package org.jpasst.config;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;

/** Where metrics are to be had. */
public sealed interface MetricsPlace {
  /** A UNIX domain socket. */
  record Unix(Path path) implements MetricsPlace {}

  /** A TCP port of this host's loopback interface. */
  record Loopback(Endpoint endpoint) implements MetricsPlace {}

  /** [ADDRESS:]PORT, an IPv6 address in brackets. */
  Pattern PORT = Pattern.compile("(?:(?:\\[([^\\]/]*)\\]|([^:/]*)):)?(\\d{1,5})");

  /**
   * The place of a TCP port, if a text looks like one: a path with no slash that does has to be
   * given with one.
   *
   * @throws IllegalArgumentException with the reason, if it is none of this host's loopback
   */
  static Optional<MetricsPlace> loopback(String text) {
    Matcher parts = PORT.matcher(text);
    if (!parts.matches()) {
      if (text.contains(":") && !text.contains("/")) {
        throw new IllegalArgumentException("not [ADDRESS:]PORT; write 9100 or [::1]:9100");
      }
      return Optional.empty();
    }
    int port = Integer.parseInt(parts.group(3));
    if (port < 1 || port > 0xffff) {
      throw new IllegalArgumentException("a port is 1 to 65535");
    }
    String named = parts.group(1) == null ? parts.group(2) : parts.group(1);
    IpAddress address =
        named == null
            ? IpAddress.LOOPBACK4
            : IpAddress.parse(named)
                .filter(IpAddress::isLoopback)
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "only addresses of the loopback interface: 127.0.0.1 or [::1]"));
    return Optional.of(new Loopback(new Endpoint(address, port)));
  }
}
