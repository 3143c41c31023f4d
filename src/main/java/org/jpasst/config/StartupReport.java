package org.jpasst.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.net.IpAddress;

/**
 * What the user is told when a run begins, one fact per line: the socket, what needs attention,
 * and, in titled and indented blocks, what the guest gets.
 */
public final class StartupReport {
  private static final String INDENT = "    ";

  private final Configuration configuration;
  private final List<Notice> lines = new ArrayList<>();

  private StartupReport(Configuration configuration) {
    this.configuration = configuration;
  }

  /**
   * The report.
   *
   * @param resolution the settings and what came up when they were made
   * @param listening the path that a guest can connect to
   * @return its lines in order
   */
  public static List<Notice> of(
      ConfigurationResolver.Resolution resolution, Optional<Path> listening) {
    StartupReport report = new StartupReport(resolution.configuration());
    listening.ifPresent(path -> report.line("UNIX domain socket bound at " + path));
    report
        .configuration
        .process()
        .configuration()
        .ifPresent(path -> report.line("Configuration socket: " + path));
    report.lines.addAll(resolution.notices());
    Optional<UplinkPlace> uplink = report.configuration.link().uplink();
    uplink.ifPresent(place -> report.line("Uplink, frames pass as they are: " + place));
    if (uplink.isEmpty()) {
      report.translation();
    }
    listening.ifPresent(report::howToConnect);
    return List.copyOf(report.lines);
  }

  private void translation() {
    interfaces();
    macAddresses();
    configuration.ipv4().ifPresent(this::ipv4);
    configuration.ipv6().ifPresent(this::ipv6);
    forwards();
  }

  /**
   * What the guest gets after the host's network has changed.
   *
   * @return lines in order
   */
  public static List<Notice> ofChange(Configuration configuration) {
    StartupReport report = new StartupReport(configuration);
    report.line("The host's network has changed");
    report.interfaces();
    configuration.ipv4().ifPresent(report::ipv4);
    configuration.ipv6().ifPresent(report::ipv6);
    return List.copyOf(report.lines);
  }

  private void line(String text) {
    lines.add(Notice.info(text));
  }

  private void fact(String name, Object value) {
    line(INDENT + name + ": " + value);
  }

  private void interfaces() {
    Optional<TemplateInterface> four = configuration.ipv4().flatMap(Ipv4Settings::template);
    Optional<TemplateInterface> six = configuration.ipv6().flatMap(Ipv6Settings::template);
    perFamily("Template interface", four, six);
    Outbound out4 = configuration.ipv4().map(Ipv4Settings::outbound).orElse(Outbound.UNBOUND);
    Outbound out6 = configuration.ipv6().map(Ipv6Settings::outbound).orElse(Outbound.UNBOUND);
    perFamily("Outbound interface", out4.interfaceName(), out6.interfaceName());
    perFamily("Outbound address", out4.address(), out6.address());
  }

  private void perFamily(String name, Optional<?> four, Optional<?> six) {
    four.ifPresent(value -> line(name + ": " + value + " (IPv4)"));
    six.ifPresent(value -> line(name + ": " + value + " (IPv6)"));
  }

  private void macAddresses() {
    line("MAC:");
    fact("host", configuration.ourMac());
    configuration
        .ipv4()
        .flatMap(settings -> settings.translation().hostLoopback())
        .ifPresent(address -> fact("NAT to host 127.0.0.1", address));
  }

  private void ipv4(Ipv4Settings settings) {
    if (configuration.services().dhcp()) {
      line("DHCP:");
      fact("assign", settings.assigned());
      fact("mask", IpAddress.ofIpv4(settings.netmask()));
      settings.gateway().ifPresent(gateway -> fact("router", gateway));
    }
    names(settings.resolvers(), settings.translation());
  }

  private void ipv6(Ipv6Settings settings) {
    settings.translation().hostLoopback().ifPresent(address -> fact("NAT to host ::1", address));
    boolean ndp = configuration.services().ndp();
    boolean dhcpv6 = configuration.services().dhcpv6();
    if (!ndp && !dhcpv6) {
      return;
    }
    line((ndp && dhcpv6 ? "NDP/DHCPv6" : ndp ? "NDP" : "DHCPv6") + ":");
    settings.assigned().ifPresent(address -> fact("assign", address));
    settings.gateway().ifPresent(gateway -> fact("router", gateway));
    fact("our link-local", settings.ourLinkLocal());
    names(settings.resolvers(), settings.translation());
  }

  private void names(List<IpAddress> resolvers, Translation translation) {
    if (configuration.names().tellResolvers() && !resolvers.isEmpty()) {
      line("DNS:");
      resolvers.forEach(resolver -> line(INDENT + resolver));
    }
    translation
        .dns()
        .ifPresent(dns -> line("DNS redirected: " + dns.seenByGuest() + " => " + dns.resolver()));
    List<String> searchList = configuration.names().searchList();
    if (configuration.names().tellSearchList() && !searchList.isEmpty()) {
      line("DNS search list:");
      searchList.forEach(domain -> line(INDENT + domain));
    }
  }

  private void forwards() {
    if (!configuration.forwards().isEmpty()) {
      line("Inbound forwarding:");
      configuration.forwards().forEach(rule -> line(INDENT + rule));
    }
  }

  private void howToConnect(Path path) {
    String quoted = path.toString().replace(",", ",,"); // as QEMU's options have it
    if (configuration.link().vhostUser()) {
      line("You can now start QEMU, with the guest's memory shared, 1 GiB here:");
      line(
          INDENT
              + "qemu-system-x86_64 ... -m 1G -machine q35,memory-backend=m"
              + " -object memory-backend-memfd,id=m,size=1G,share=on"
              + " -chardev socket,id=c,path="
              + quoted
              + " -netdev vhost-user,id=s,chardev=c -device virtio-net-pci,netdev=s");
    } else {
      line("You can now start QEMU (7.2 or later):");
      line(
          INDENT
              + "qemu-system-x86_64 ... -device virtio-net-pci,netdev=s -netdev"
              + " stream,id=s,server=off,addr.type=unix,addr.path="
              + quoted);
    }
  }
}
