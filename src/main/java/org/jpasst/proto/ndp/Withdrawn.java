package org.jpasst.proto.ndp;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.net.IpAddress;

/**
 * What router advertisements of this run have told and doesn't hold any more. As all of that was
 * told without end, advertisements take it back, by lifetimes of zero, and go on to do so for a
 * guest that missed one (RFC 9096 section 3.5, RFC 8106 section 5).
 *
 * @param prefixes addresses in prefixes of {@link Ipv6Settings#PREFIX_LENGTH}
 * @param resolvers that were told
 * @param domains of the search list
 */
public record Withdrawn(List<IpAddress> prefixes, List<IpAddress> resolvers, List<String> domains) {
  /** Nothing has changed yet. */
  public static final Withdrawn NONE = new Withdrawn(List.of(), List.of(), List.of());

  /** Of each kind; an advertisement has to fit into the least MTU. */
  private static final int MOST = 4;

  /** Copies the lists. */
  public Withdrawn {
    prefixes = List.copyOf(prefixes);
    resolvers = List.copyOf(resolvers);
    domains = List.copyOf(domains);
  }

  /** What is withdrawn when one configuration takes the place of another. */
  public Withdrawn after(Configuration former, Configuration next) {
    return new Withdrawn(
        merged(prefixes, prefix(former), prefix(next)),
        merged(resolvers, resolvers(former), resolvers(next)),
        merged(domains, former.names().searchList(), next.names().searchList()));
  }

  private static <T> List<T> merged(List<T> withdrawn, List<T> former, List<T> next) {
    var all = new ArrayList<>(withdrawn);
    all.removeAll(former);
    all.addAll(former);
    all.removeAll(next);
    return all.subList(Math.max(0, all.size() - MOST), all.size());
  }

  private static List<IpAddress> prefix(Configuration configuration) {
    return configuration.ipv6().flatMap(Ipv6Settings::assigned).stream()
        .filter(address -> !address.isLinkLocal())
        .map(address -> new IpAddress(address.hi(), 0))
        .toList();
  }

  private static List<IpAddress> resolvers(Configuration configuration) {
    return configuration.ipv6().map(Ipv6Settings::resolvers).orElse(List.of());
  }
}
