package org.jpasst.config;

/**
 * The protocols that are served.
 *
 * @param tcp TCP between guest and host
 * @param udp UDP between guest and host
 * @param icmp ICMP and ICMPv6 echo
 * @param dhcp the DHCP server; off where IPv4 has no gateway to speak as
 * @param dhcpv6 the DHCPv6 server; off where there is no address to assign
 * @param ndp neighbour discovery (RFC 4861)
 * @param ra router advertisements, solicited or not; never without {@code ndp}
 */
public record Services(
    boolean tcp, boolean udp, boolean icmp, boolean dhcp, boolean dhcpv6, boolean ndp, boolean ra) {
  /** Collects the parts by name; what nobody sets stays as it is where nothing is said. */
  public static final class Builder {
    public boolean tcp = true;
    public boolean udp = true;
    public boolean icmp = true;
    public boolean dhcp = true;
    public boolean dhcpv6 = true;
    public boolean ndp = true;
    public boolean ra = true;

    /** All of them. */
    public Services build() {
      return new Services(tcp, udp, icmp, dhcp, dhcpv6, ndp, ra);
    }
  }
}
