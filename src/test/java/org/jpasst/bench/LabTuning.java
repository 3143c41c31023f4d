package org.jpasst.bench;

import java.util.List;
import org.jpasst.lab.Lab;
import org.jpasst.lab.NetworkNamespace;

/** What a lab needs so that the harness is not the limit before the back-end. */
final class LabTuning {
  /** The first of many addresses that the remote has besides its own (RFC 2544 appendix C.2.2). */
  static final String FIRST_OF_MANY = "198.18.0.1";

  private LabTuning() {}

  /**
   * All ports for connections, room for many that wait to be accepted, and the addresses of
   * 198.18.0.0/15 for the remote, because many flows need more than one address has ports.
   */
  static void apply(Lab lab) {
    for (NetworkNamespace each : List.of(lab.guest(), lab.host(), lab.remote())) {
      each.sysctl("net.ipv4.ip_local_port_range", "10000 65535");
      each.sysctl("net.core.somaxconn", "4096");
      each.sysctl("net.ipv4.tcp_max_syn_backlog", "4096");
    }
    lab.remote().ip("route add local 198.18.0.0/15 dev lo");
  }
}
