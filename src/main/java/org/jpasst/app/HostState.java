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

  private HostState() {}

  /** The ports that the host gives to sockets that ask for none. */
  static PortRange ephemeralPorts() {
    return PortRange.ephemeral(text(EPHEMERAL));
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
