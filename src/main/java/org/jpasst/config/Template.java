package org.jpasst.config;

import java.util.Optional;
import org.jpasst.net.IpAddress;

/**
 * What one family of the guest can take over from the host.
 *
 * @param source the interface it is taken from; absent in local mode, and so is all the rest
 * @param address the interface's best address
 * @param gateway the router of the interface's default route
 * @param linkLocal the interface's link-local IPv6 address
 */
record Template(
    Optional<TemplateInterface> source,
    Optional<HostNetwork.Address> address,
    Optional<IpAddress> gateway,
    Optional<IpAddress> linkLocal) {

  /** Nothing: the host leads nowhere. */
  static final Template LOCAL_MODE =
      new Template(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  boolean isLocalMode() {
    return source.isEmpty();
  }
}
