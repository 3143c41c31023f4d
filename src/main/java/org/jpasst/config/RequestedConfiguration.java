package org.jpasst.config;

import java.util.List;
import java.util.Optional;
import org.jpasst.net.MacAddress;

/**
 * What the command line asks for: each value valid by itself, the host not yet looked at.
 *
 * @param process how the process runs and reports
 * @param link how the guest reaches us
 * @param migration how the guest's state moves to other hosts
 * @param mtu as in {@link Configuration}
 * @param ourMac our Ethernet address
 * @param interfaceName the template interface for both families; absent: found by the routes
 * @param ipv4 what is asked of IPv4; absent: IPv4 is off
 * @param ipv6 what is asked of IPv6; absent: IPv6 is off
 * @param mapGateway whether the gateway's address stands for the host's loopback where no other
 *     address is asked for
 * @param withoutResolvers {@code --dns none}: no resolver is taken from the host
 * @param searchList the domains asked for; absent: the host's; empty: none
 * @param hostName as in {@link NameSettings}
 * @param fullyQualifiedName as in {@link NameSettings}
 * @param tellResolvers as in {@link NameSettings}
 * @param tellSearchList as in {@link NameSettings}
 * @param services the protocols asked for
 * @param freebind as in {@link Configuration}
 * @param udpFiltering as in {@link Configuration}
 * @param forwards the SPECs of {@code -t} and {@code -u} in order
 */
public record RequestedConfiguration(
    ProcessSettings process,
    LinkSettings link,
    MigrationSettings migration,
    int mtu,
    MacAddress ourMac,
    Optional<String> interfaceName,
    Optional<RequestedFamily> ipv4,
    Optional<RequestedFamily> ipv6,
    boolean mapGateway,
    boolean withoutResolvers,
    Optional<List<String>> searchList,
    Optional<String> hostName,
    Optional<String> fullyQualifiedName,
    boolean tellResolvers,
    boolean tellSearchList,
    Services services,
    boolean freebind,
    UdpFiltering udpFiltering,
    List<Forward> forwards) {

  /** Names in a search list: as many as the C library once took. */
  public static final int MAX_SEARCH_LIST = 6;

  /** Copies the lists. */
  public RequestedConfiguration {
    searchList = searchList.map(List::copyOf);
    forwards = List.copyOf(forwards);
  }

  /**
   * One {@code -t} or {@code -u}.
   *
   * @param protocol which of them
   * @param spec its argument, not yet read
   */
  public record Forward(ForwardRule.Protocol protocol, String spec) {}
}
