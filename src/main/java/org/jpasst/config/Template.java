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
 * @param leadsOut whether the interface has a default route
 */
record Template(
    Optional<TemplateInterface> source,
    Optional<HostNetwork.Address> address,
    Optional<IpAddress> gateway,
    Optional<IpAddress> linkLocal,
    boolean leadsOut) {

  /** Nothing: the host leads nowhere. */
  static final Template LOCAL_MODE =
      new Template(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);

  boolean isLocalMode() {
    return source.isEmpty();
  }

  /**
   * What a run goes on with that had another template before. A host whose network is gone for a
   * while is expected back, so the guest keeps what it has: all of it where there is no template
   * any more, or only one that leads nowhere, such as a bridge's; the router where the default
   * route is gone.
   */
  Template after(Template former) {
    boolean sameSource = source.equals(former.source);
    if (isLocalMode() || former.leadsOut && !leadsOut && !sameSource) {
      return former;
    }
    if (!sameSource || !address.equals(former.address)) {
      return this;
    }
    return new Template(
        source,
        address,
        leadsOut ? gateway : former.gateway,
        linkLocal.or(former::linkLocal),
        leadsOut || former.leadsOut);
  }
}
