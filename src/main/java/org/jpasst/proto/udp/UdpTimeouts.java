package org.jpasst.proto.udp;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.SmallFile;

/**
 * How long a UDP flow lives after its last datagram.
 *
 * @param nanos a flow that has seen one direction only, or each only once
 * @param streamNanos a flow that has seen both, and one of them more than once
 * @param answeredNanos a flow of a few DNS questions, all answered, and nothing else: resolvers
 *     take a new port for each query (RFC 5452 section 9.2), and such flows pile up (RFC 4787 REQ-5
 *     (a) lets an application that is registered for a well-known port have a time-out of its own)
 */
public record UdpTimeouts(long nanos, long streamNanos, long answeredNanos) {
  /** The kernel's own defaults (nf_conntrack-sysctl). */
  public static final UdpTimeouts DEFAULT =
      new UdpTimeouts(
          TimeUnit.SECONDS.toNanos(30), TimeUnit.SECONDS.toNanos(120), TimeUnit.SECONDS.toNanos(5));

  private static final Path SYSCTLS = Path.of("/proc/sys/net/netfilter");

  /** The host's own: nf_conntrack_udp_timeout and nf_conntrack_udp_timeout_stream, where it has. */
  public static UdpTimeouts ofHost() {
    return of(SYSCTLS);
  }

  static UdpTimeouts of(Path directory) {
    return new UdpTimeouts(
        read(directory.resolve("nf_conntrack_udp_timeout"), DEFAULT.nanos),
        read(directory.resolve("nf_conntrack_udp_timeout_stream"), DEFAULT.streamNanos),
        DEFAULT.answeredNanos);
  }

  private static long read(Path file, long otherwise) {
    try {
      long seconds = Long.parseLong(SmallFile.read(file).strip());
      return seconds > 0 ? TimeUnit.SECONDS.toNanos(seconds) : otherwise;
    } catch (IOException | NumberFormatException e) {
      // No connection tracking in this kernel or namespace.
      return otherwise;
    }
  }
}
