package org.jpasst.control.pesto;

import java.util.EnumSet;
import java.util.Set;
import org.jpasst.config.Configuration;

/** What rules of a table may ask for. Without {@code AUTO_SCAN} (0x10), which is pasta's alone. */
enum Capability {
  /** IPv4 addresses. */
  IPV4(0x01),
  /** IPv6 addresses. */
  IPV6(0x02),
  /** TCP ports. */
  TCP(0x04),
  /** UDP ports. */
  UDP(0x08),
  /** Listening on one interface, by its name. */
  BIND_TO_DEVICE(0x20);

  private final int bit;

  Capability(int bit) {
    this.bit = bit;
  }

  /**
   * Those of a run.
   *
   * @param bindsToDevices whether the kernel lets this process tie sockets to interfaces
   */
  static Set<Capability> of(Configuration configuration, boolean bindsToDevices) {
    Set<Capability> all = EnumSet.allOf(Capability.class);
    retain(all, IPV4, configuration.ipv4().isPresent());
    retain(all, IPV6, configuration.ipv6().isPresent());
    retain(all, TCP, configuration.services().tcp());
    retain(all, UDP, configuration.services().udp());
    retain(all, BIND_TO_DEVICE, bindsToDevices);
    return all;
  }

  private static void retain(Set<Capability> all, Capability each, boolean has) {
    if (!has) {
      all.remove(each);
    }
  }

  /** The bits that stand for them. */
  static int bits(Set<Capability> capabilities) {
    return capabilities.stream().mapToInt(each -> each.bit).reduce(0, (a, b) -> a | b);
  }
}
