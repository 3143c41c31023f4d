package org.jpasst.config;

import java.util.List;
import java.util.Optional;
import org.jpasst.net.IpAddress;

/**
 * IPv4 between guest and host. All addresses in it are IPv4.
 *
 * @param assigned the address for the guest
 * @param prefixLength of the guest's network, 0 to 32
 * @param gateway the guest's router; also our own address on the link: the source of DHCP, of ARP
 *     probes, and of traffic whose real source the guest couldn't answer
 * @param template the host's interface that the values were taken from; absent in local mode
 * @param resolvers what the guest is told, at most three, without repetition
 * @param translation the addresses that mean something else to the guest
 * @param outbound how sockets towards the host's network are bound
 */
public record Ipv4Settings(
    IpAddress assigned,
    int prefixLength,
    Optional<IpAddress> gateway,
    Optional<TemplateInterface> template,
    List<IpAddress> resolvers,
    Translation translation,
    Outbound outbound) {

  private static final int LONGEST_WITH_BROADCAST = 30; // RFC 3021: a /31 has none

  /** Copies the list. */
  public Ipv4Settings {
    resolvers = List.copyOf(resolvers);
  }

  /** Our own address on the guest's link. */
  public Optional<IpAddress> ourAddress() {
    return gateway;
  }

  /** The network mask as 32 bits, most significant first. */
  public int netmask() {
    return prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
  }

  /** The address that reaches all of the guest's network; the limited one where it has none. */
  public IpAddress broadcast() {
    return prefixLength > LONGEST_WITH_BROADCAST
        ? IpAddress.BROADCAST4
        : IpAddress.ofIpv4(assigned.ipv4() | ~netmask());
  }

  /** For how long the address is leased, see {@link LeaseTime}. */
  public int leaseTime() {
    return LeaseTime.of(template.isEmpty());
  }
}
