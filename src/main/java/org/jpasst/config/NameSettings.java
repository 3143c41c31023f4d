package org.jpasst.config;

import java.util.List;
import java.util.Optional;

/**
 * What the guest is told about names; the resolvers are with their family.
 *
 * @param searchList domains to search, best first
 * @param hostName the guest's name (DHCP option 12)
 * @param fullyQualifiedName the guest's name with its domain (DHCP option 81, DHCPv6 option 39)
 * @param tellResolvers whether DHCP, DHCPv6 and RA carry the resolvers
 * @param tellSearchList whether they carry the search list
 */
public record NameSettings(
    List<String> searchList,
    Optional<String> hostName,
    Optional<String> fullyQualifiedName,
    boolean tellResolvers,
    boolean tellSearchList) {

  /** Copies the list. */
  public NameSettings {
    searchList = List.copyOf(searchList);
  }
}
