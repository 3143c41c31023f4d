package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Path;
import org.jpasst.config.PortRange;
import org.jpasst.linux.SmallFile;

/** What a run takes from the host's files. */
final class HostState {
  /** resolv.conf(5). */
  static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");

  private static final Path EPHEMERAL = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final String MAX_OPEN_FILES = "Max open files";

  private HostState() {}

  /** The ports that the host gives to sockets that ask for none. */
  static PortRange ephemeralPorts() {
    return PortRange.ephemeral(text(EPHEMERAL));
  }

  /**
   * How many descriptors this process may have, RLIMIT_NOFILE (proc_pid_limits(5)). The Java
   * runtime has raised it to the hard limit at its start (MaxFDLimit).
   */
  static int descriptors() {
    return text(LIMITS)
        .lines()
        .filter(line -> line.startsWith(MAX_OPEN_FILES))
        .map(line -> line.substring(MAX_OPEN_FILES.length()).strip().split("\\s+")[0])
        .filter(limit -> limit.matches("[0-9]{1,9}"))
        .mapToInt(Integer::parseInt)
        .findFirst()
        .orElse(Integer.MAX_VALUE);
  }

  /** A file's text; none where there is no such file. */
  static String text(Path file) {
    try {
      return SmallFile.read(file);
    } catch (IOException e) {
      // Missing or unreadable says nothing, as with passt.
      return "";
    }
  }
}
