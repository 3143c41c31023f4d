package org.jpasst.config;

import java.util.List;
import java.util.Optional;
import org.jpasst.net.IpAddress;

/**
 * IPv6 between guest and host. All addresses in it are IPv6.
 *
 * @param assigned the address for the guest; absent in local mode, where the guest's first
 *     link-local source takes its place
 * @param gateway the router of the host's network, or the one asked for
 * @param ourLinkLocal our own address on the link, link-local: the source of NDP, RA, DHCPv6 and of
 *     traffic whose real source the guest couldn't answer
 * @param template the host's interface that the values were taken from; absent in local mode
 * @param resolvers what the guest is told, at most three, without repetition
 * @param translation the addresses that mean something else to the guest
 * @param outbound how sockets towards the host's network are bound
 */
public record Ipv6Settings(
    Optional<IpAddress> assigned,
    Optional<IpAddress> gateway,
    IpAddress ourLinkLocal,
    Optional<TemplateInterface> template,
    List<IpAddress> resolvers,
    Translation translation,
    Outbound outbound) {

  /** The prefix length towards the guest, whatever the host's is (RFC 4862 needs 64). */
  public static final int PREFIX_LENGTH = 64;

  /** Copies the list. */
  public Ipv6Settings {
    resolvers = List.copyOf(resolvers);
  }

  /** For how long the address is leased, see {@link LeaseTime}. */
  public int leaseTime() {
    return LeaseTime.of(template.isEmpty());
  }
}
