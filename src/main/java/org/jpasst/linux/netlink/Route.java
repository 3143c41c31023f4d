package org.jpasst.linux.netlink;

import java.util.List;
import java.util.Optional;
import org.jpasst.net.IpAddress;

/**
 * A route.
 *
 * @param destination its address; unspecified, of its family, for a default route
 * @param prefixLength of the destination, counted in its family
 * @param table 254 is the main table
 * @param type 1 is unicast (RTN_*, linux/rtnetlink.h)
 * @param scope 0 universe, 253 link
 * @param priority the metric
 * @param hops one, or several with multipath; empty where the route leads nowhere
 */
public record Route(
    IpAddress destination,
    int prefixLength,
    int table,
    int type,
    int scope,
    int priority,
    List<Hop> hops) {
  private static final int MAIN_TABLE = 254;
  private static final int UNICAST = 1;

  /** Copies the list. */
  public Route {
    hops = List.copyOf(hops);
  }

  /** Whether it is a unicast route of the main table. */
  public boolean isMainUnicast() {
    return table == MAIN_TABLE && type == UNICAST;
  }

  /**
   * A way out.
   *
   * @param interfaceIndex the interface, 0 if the kernel didn't tell
   * @param gateway the next router, absent if the destination is on the link
   * @param weight 1 to 256
   */
  public record Hop(int interfaceIndex, Optional<IpAddress> gateway, int weight) {}
}
