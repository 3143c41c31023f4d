package org.jpasst.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jpasst.net.IpAddress;

/**
 * The resolvers that one family of the guest is told, and the redirection that makes them
 * reachable.
 *
 * @param told what the guest is told
 * @param redirection where DNS traffic is redirected
 * @param resolver where redirected traffic goes, whether there is any or not
 */
record ResolverSelection(
    List<IpAddress> told, Optional<DnsRedirection> redirection, Optional<IpAddress> resolver) {
  /** As many as the C library uses (MAXNS, resolv.conf(5)). */
  static final int MAX_RESOLVERS = 3;

  /**
   * Selects them. A resolver of the host's that the guest can't reach, because it is on the host's
   * loopback or hidden by the address that stands for it, is replaced by the address of {@code
   * --dns-forward}, else by the one that stands for the loopback, else it is left out.
   *
   * @param asked what the command line asks of the family
   * @param hostResolvers the host's resolvers of the family; none where none shall be taken
   * @param hostLoopback the address that stands for the host's loopback
   * @param notices takes what the user must know
   */
  static ResolverSelection select(
      RequestedFamily asked,
      List<IpAddress> hostResolvers,
      Optional<IpAddress> hostLoopback,
      Consumer<Notice> notices) {
    Optional<IpAddress> seen = asked.dnsForward();
    List<IpAddress> told = new ArrayList<>(asked.resolvers());
    if (told.isEmpty()) {
      for (IpAddress resolver : hostResolvers) {
        if (!resolver.isLoopback() && !hostLoopback.equals(Optional.of(resolver))) {
          told.add(resolver);
        } else if (asked.dnsForward().isPresent()) {
          told.add(asked.dnsForward().get());
        } else if (hostLoopback.isPresent()) {
          told.add(hostLoopback.get());
          seen = hostLoopback;
        }
      }
    }
    List<IpAddress> known = hostResolvers.isEmpty() ? asked.resolvers() : hostResolvers;
    Optional<IpAddress> resolver = asked.dnsHost().or(() -> known.stream().findFirst());
    if (seen.isPresent() && resolver.isEmpty()) {
      notices.accept(
          Notice.warning(
              "--dns-forward " + seen.get() + ": no resolver to redirect to; give --dns-host"));
    }
    return new ResolverSelection(
        told.stream().distinct().limit(MAX_RESOLVERS).toList(),
        seen.flatMap(from -> resolver.map(to -> new DnsRedirection(from, to))),
        resolver);
  }
}
