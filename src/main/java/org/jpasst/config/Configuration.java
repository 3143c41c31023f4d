package org.jpasst.config;

import java.util.List;
import java.util.Optional;
import org.jpasst.net.MacAddress;

/**
 * Everything that one run needs to know, validated and complete. It doesn't change; when the host's
 * network does, another one takes its place, which differs in the families, names and services.
 * What is observed of the guest, or changed by an operator, is kept elsewhere.
 *
 * @param process how the process runs and reports
 * @param link how the guest reaches us
 * @param migration how the guest's state moves to other hosts
 * @param mtu MTU told to the guest by DHCP and RA and the base of TCP's MSS, at most {@link
 *     #MAX_MTU}; 0: tell none, and take the MSS from the socket
 * @param ourMac our Ethernet address on the guest's link
 * @param ipv4 absent with {@code --ipv6-only}
 * @param ipv6 absent with {@code --ipv4-only}
 * @param names what the guest is told about names
 * @param services the protocols that are served
 * @param freebind whether listening and UDP sockets may be bound to addresses the host lacks
 *     (IP_FREEBIND, ip(7))
 * @param udpFiltering whose datagrams reach the ports that the guest sends from
 * @param forwardClosed what peers find at a forwarded port where the guest takes no connections
 * @param preservePorts whether the guest's TCP connections keep their source ports where those are
 *     free on the host
 * @param forwards the inbound forwarding rules, in the order given
 */
public record Configuration(
    ProcessSettings process,
    LinkSettings link,
    MigrationSettings migration,
    int mtu,
    MacAddress ourMac,
    Optional<Ipv4Settings> ipv4,
    Optional<Ipv6Settings> ipv6,
    NameSettings names,
    Services services,
    boolean freebind,
    UdpFiltering udpFiltering,
    ForwardClosed forwardClosed,
    boolean preservePorts,
    List<ForwardRule> forwards) {

  /** The MTU where none is asked for: a multiple of eight (passt(1)). */
  public static final int DEFAULT_MTU = 65520;

  /** The longest frame, 65535 bytes, less its Ethernet header of 14. */
  public static final int MAX_MTU = 65535 - 14;

  /** Our Ethernet address where none is asked for (passt(1)). */
  public static final MacAddress DEFAULT_MAC = new MacAddress(0x9a55_9a55_9a55L);

  /** Copies the list. */
  public Configuration {
    forwards = List.copyOf(forwards);
  }

  /** What is asked for, and what came of it on this host. */
  public Configuration(
      RequestedConfiguration asked,
      Optional<Ipv4Settings> ipv4,
      Optional<Ipv6Settings> ipv6,
      List<String> searchList,
      Services services,
      List<ForwardRule> forwards) {
    this(
        asked.process(),
        asked.link(),
        asked.migration(),
        Math.min(asked.mtu(), asked.link().maxMtu()),
        asked.ourMac(),
        ipv4,
        ipv6,
        new NameSettings(
            searchList,
            asked.hostName(),
            asked.fullyQualifiedName(),
            asked.tellResolvers(),
            asked.tellSearchList()),
        services,
        asked.freebind(),
        asked.udpFiltering(),
        asked.forwardClosed(),
        asked.preservePorts(),
        forwards);
  }

  /**
   * Index of the interface that link-local IPv6 addresses of the host's network are on: the
   * template's; 0 where there is none.
   */
  public int linkLocalScope() {
    return ipv6.flatMap(Ipv6Settings::template).map(TemplateInterface::index).orElse(0);
  }
}
