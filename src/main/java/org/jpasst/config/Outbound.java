package org.jpasst.config;

import java.util.Optional;
import org.jpasst.net.IpAddress;

/**
 * How sockets of one family towards the host's network are bound.
 *
 * @param address their source; absent: the kernel chooses
 * @param interfaceName the interface they are bound to (SO_BINDTODEVICE, socket(7)), unless their
 *     source is a loopback address
 */
public record Outbound(Optional<IpAddress> address, Optional<String> interfaceName) {
  /** The kernel chooses. */
  public static final Outbound UNBOUND = new Outbound(Optional.empty(), Optional.empty());
}
