package org.jpasst.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import org.jpasst.net.IpAddress;

/** What one family of the guest was told as resolvers in this run, and is no longer. */
final class FormerResolvers {
  /** A host roams among a few networks; what was told before these is forgotten. */
  private static final int MOST = 8;

  private final SequencedSet<IpAddress> addresses = new LinkedHashSet<>();
  private List<IpAddress> told = List.of();

  /** Goes on with a new selection; where traffic to the former ones goes from now on. */
  List<DnsRedirection> after(ResolverSelection selection) {
    told.forEach(addresses::addLast);
    selection.told().forEach(addresses::remove);
    told = selection.told();
    while (addresses.size() > MOST) {
      addresses.removeFirst();
    }
    return selection.resolver().stream()
        .flatMap(to -> addresses.stream().map(from -> new DnsRedirection(from, to)))
        .filter(each -> !each.seenByGuest().equals(each.resolver()))
        .toList();
  }
}
