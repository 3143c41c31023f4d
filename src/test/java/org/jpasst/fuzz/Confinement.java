package org.jpasst.fuzz;

import java.util.concurrent.Callable;
import org.jpasst.lab.NetworkNamespace;

/**
 * A network namespace that nothing leaves and nobody else is in: whatever an input makes the
 * program send or connect to. Its sockets are soon full, and its ports aren't used up.
 */
final class Confinement {
  private Confinement() {}

  /** Does something in one; needs root. */
  static <T> T call(Callable<T> task) {
    try (NetworkNamespace namespace = NetworkNamespace.create("fuzz")) {
      namespace.sysctl("net.ipv4.ip_local_port_range", "1024 65535");
      namespace.sysctl("net.ipv4.tcp_max_tw_buckets", "1000");
      namespace.sysctl("net.ipv4.ping_group_range", "0 2147483647");
      namespace.sysctl("net.ipv4.tcp_rmem", "4096 16384 65536");
      namespace.sysctl("net.ipv4.tcp_wmem", "4096 16384 65536");
      return namespace.call(task);
    }
  }
}
