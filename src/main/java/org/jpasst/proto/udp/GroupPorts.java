package org.jpasst.proto.udp;

import java.util.List;
import java.util.Map;
import org.jpasst.net.IpAddress;

/** The ports that groups are known for (IANA's registries of multicast addresses and ports). */
final class GroupPorts {
  private static final int MDNS = 5353; // RFC 6762 section 3
  private static final int LLMNR = 5355; // RFC 4795 section 2
  private static final int SSDP = 1900; // UPnP Device Architecture 2.0 section 1
  private static final int WS_DISCOVERY = 3702; // WS-Discovery 1.1 section 3.1.1

  private static final Map<IpAddress, List<Integer>> KNOWN =
      Map.of(
          group("224.0.0.251"), List.of(MDNS),
          group("ff02::fb"), List.of(MDNS),
          group("224.0.0.252"), List.of(LLMNR),
          group("ff02::1:3"), List.of(LLMNR),
          group("239.255.255.250"), List.of(SSDP, WS_DISCOVERY),
          group("ff02::c"), List.of(SSDP, WS_DISCOVERY),
          group("ff05::c"), List.of(SSDP));

  private GroupPorts() {}

  private static IpAddress group(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  /** Those of a group; none where it isn't known for any. */
  static List<Integer> of(IpAddress group) {
    return KNOWN.getOrDefault(group, List.of());
  }
}
