package org.jpasst.config;

import java.util.ArrayList;
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
 * @param forwardClosed as in {@link Configuration}
 * @param preservePorts as in {@link Configuration}
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
    ForwardClosed forwardClosed,
    boolean preservePorts,
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

  /** Collects the parts by name; what nobody sets stays as it is where nothing is said. */
  public static final class Builder {
    public final ProcessSettings.Builder process = new ProcessSettings.Builder();
    public final LinkSettings.Builder link = new LinkSettings.Builder();
    public final MigrationSettings.Builder migration = new MigrationSettings.Builder();
    public int mtu = Configuration.DEFAULT_MTU;
    public MacAddress ourMac = Configuration.DEFAULT_MAC;
    public Optional<String> interfaceName = Optional.empty();
    public final RequestedFamily.Builder ipv4 = new RequestedFamily.Builder();
    public final RequestedFamily.Builder ipv6 = new RequestedFamily.Builder();
    public boolean withIpv4 = true;
    public boolean withIpv6 = true;
    public boolean mapGateway = true;
    public boolean withoutResolvers;
    public Optional<List<String>> searchList = Optional.empty();
    public Optional<String> hostName = Optional.empty();
    public Optional<String> fullyQualifiedName = Optional.empty();
    public boolean tellResolvers = true;
    public boolean tellSearchList = true;
    public final Services.Builder services = new Services.Builder();
    public boolean freebind;
    public UdpFiltering udpFiltering = UdpFiltering.ADDRESS_AND_PORT_DEPENDENT;
    public ForwardClosed forwardClosed = ForwardClosed.LISTEN;
    public boolean preservePorts;
    public final List<Forward> forwards = new ArrayList<>();

    /** All of them. */
    public RequestedConfiguration build() {
      return new RequestedConfiguration(
          process.build(),
          link.build(),
          migration.build(),
          mtu,
          ourMac,
          interfaceName,
          withIpv4 ? Optional.of(ipv4.build()) : Optional.empty(),
          withIpv6 ? Optional.of(ipv6.build()) : Optional.empty(),
          mapGateway,
          withoutResolvers,
          searchList,
          hostName,
          fullyQualifiedName,
          tellResolvers,
          tellSearchList,
          services.build(),
          freebind,
          udpFiltering,
          forwardClosed,
          preservePorts,
          forwards);
    }
  }
}
