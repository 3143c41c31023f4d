package org.jpasst.config;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jpasst.net.IpAddress;

/**
 * The addresses of one family that mean something else to the guest than to the host.
 *
 * @param hostLoopback the guest reaches the host's loopback address at this one
 * @param guestAddress the guest reaches its own assigned address, as it exists on the host, at this
 *     one
 * @param dns where DNS traffic is redirected; goes before the other two
 * @param formerDns the same for resolvers that the guest was told before and the host doesn't use
 *     any more: until the guest learns of the present ones its questions still get answers
 */
public record Translation(
    Optional<IpAddress> hostLoopback,
    Optional<IpAddress> guestAddress,
    Optional<DnsRedirection> dns,
    List<DnsRedirection> formerDns) {

  /** Nothing is translated. */
  public static final Translation NONE =
      new Translation(Optional.empty(), Optional.empty(), Optional.empty());

  /** Copies the list. */
  public Translation {
    formerDns = List.copyOf(formerDns);
  }

  /** One without former resolvers. */
  public Translation(
      Optional<IpAddress> hostLoopback,
      Optional<IpAddress> guestAddress,
      Optional<DnsRedirection> dns) {
    this(hostLoopback, guestAddress, dns, List.of());
  }

  /** The addresses that the guest may use in this way. */
  public List<IpAddress> addresses() {
    return Stream.of(hostLoopback, guestAddress, dns.map(DnsRedirection::seenByGuest))
        .flatMap(Optional::stream)
        .toList();
  }
}
