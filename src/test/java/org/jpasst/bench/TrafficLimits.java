package org.jpasst.bench;

import java.util.List;
import org.jpasst.lab.Lab;
import org.jpasst.lab.NetworkNamespace;

/** Kernel parameters that would otherwise limit the harness before the back-end. */
final class TrafficLimits {
  private TrafficLimits() {}

  /** All ports for connections, and room for many that wait to be accepted. */
  static void raise(Lab lab) {
    for (NetworkNamespace each : List.of(lab.guest(), lab.host(), lab.remote())) {
      each.sysctl("net.ipv4.ip_local_port_range", "10000 65535");
      each.sysctl("net.core.somaxconn", "4096");
      each.sysctl("net.ipv4.tcp_max_syn_backlog", "4096");
    }
  }
}
