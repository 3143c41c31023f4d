package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Path;
import org.jpasst.config.HostNetwork;
import org.jpasst.config.PortRange;
import org.jpasst.config.ResolvConf;
import org.jpasst.linux.SmallFile;
import org.jpasst.linux.Sockets;

/** What a run takes from the host, as it is at start. */
final class HostState {
  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
  private static final Path EPHEMERAL = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  private HostState() {}

  /**
   * The interfaces, addresses and routes.
   *
   * @throws LaunchException if the kernel can't be asked
   */
  static HostNetwork network(Sockets sockets) throws LaunchException {
    try {
      return HostNetworkReader.read(sockets);
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
  }

  /** The host's resolvers and search list; none where there is no such file. */
  static ResolvConf resolvConf() {
    return ResolvConf.parse(text(RESOLV_CONF));
  }

  /** The ports that the host gives to sockets that ask for none. */
  static PortRange ephemeralPorts() {
    return PortRange.ephemeral(text(EPHEMERAL));
  }

  private static String text(Path file) {
    try {
      return SmallFile.read(file);
    } catch (IOException e) {
      // Missing or unreadable says nothing, as with passt.
      return "";
    }
  }
}
