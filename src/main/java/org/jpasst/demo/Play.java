package org.jpasst.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.cli.Cli;
import org.jpasst.cli.CliResult;
import org.jpasst.net.IpAddress;

/** What the guest does, step by step, told line by line. */
final class Play {
  private static final String LOOPBACK4 = "127.0.0.1";
  private static final String LOOPBACK6 = "::1";
  private static final String UNWANTED = "left out, as the options ask";
  private static final int PAGE = 1 << 20;

  private final Guest guest;
  private final AskedFor asked;
  private final Report report;
  private final TcpClient tcp;
  private final Ping ping;
  private final List<Way> ways = new ArrayList<>();

  Play(Guest guest, AskedFor asked, Report report) {
    this.guest = guest;
    this.asked = asked;
    this.report = report;
    this.tcp = new TcpClient(guest);
    this.ping = new Ping(guest);
  }

  /**
   * A way to the host's own services that has worked.
   *
   * @param own the guest's address
   * @param host the address that the guest has for the host
   * @param loopback the host's own address
   * @param pings whether pings are answered
   */
  record Way(IpAddress own, IpAddress host, String loopback, boolean pings) {}

  /** The back-end's options, if the user has these. */
  static List<String> options(List<String> users) {
    // A host without an IPv6 router has no address by default that means the host itself.
    var all = new ArrayList<>(List.of("--map-host-loopback", "fe80::1"));
    all.addAll(users);
    return all;
  }

  /**
   * What these options ask for.
   *
   * @throws IOException if that is nothing that can be run; the message has the back-end's words
   */
  static AskedFor asked(List<String> options) throws IOException {
    return switch (Cli.parse(options.toArray(String[]::new))) {
      case CliResult.Run run -> new AskedFor(run.request());
      case CliResult.Exit exit -> throw new IOException(exit.text().strip());
    };
  }

  /** Lease, neighbour, ping and page over IPv4; false if a step failed. */
  boolean ipv4() throws IOException {
    if (!asked.ipv4() || !asked.dhcp()) {
      return report.skipped(asked.ipv4() ? "DHCP" : "IPv4", UNWANTED);
    }
    Optional<DhcpClient.Lease> answer = new DhcpClient(guest).lease();
    if (answer.isEmpty()) {
      return report.failed("DHCP", "no server answers");
    }
    DhcpClient.Lease lease = answer.get();
    report.done(
        "DHCP",
        "lease of %s/%d, router %s, resolvers %s, MTU %d"
            .formatted(
                lease.address(), lease.prefix(), lease.router(), lease.resolvers(), lease.mtu()));
    var mac = new Neighbours(guest).resolve(lease.address(), lease.router());
    if (mac.isEmpty()) {
      return report.failed("ARP", "no answer for " + lease.router());
    }
    guest.router(mac.get().bits());
    report.done("ARP", lease.router() + " is at " + mac.get());
    return reach(lease.address(), lease.router(), asked.host4(lease.router()), LOOPBACK4);
  }

  /** Router advertisement, ping and page over IPv6; false if a step failed. */
  boolean ipv6() throws IOException {
    if (!asked.ipv6() || !asked.routers()) {
      return report.skipped(asked.ipv6() ? "NDP" : "IPv6", UNWANTED);
    }
    if (!hasLoopback6()) {
      return report.skipped("IPv6", "this host has none: it does not let us listen on ::1");
    }
    Optional<Neighbours.Router> answer = new Neighbours(guest).solicit();
    if (answer.isEmpty()) {
      return report.failed("NDP", "no router answers");
    }
    Neighbours.Router router = answer.get();
    IpAddress own = router.prefix().map(Neighbours::addressIn).orElse(Neighbours.linkLocal());
    router.mac().ifPresent(mac -> guest.router(mac.bits()));
    report.done(
        "NDP",
        "router %s advertises %s and MTU %d: my address is %s"
            .formatted(
                router.address(),
                router.prefix().map(prefix -> prefix + "/64").orElse("no prefix"),
                router.mtu(),
                own));
    return reach(own, router.address(), asked.host6(), LOOPBACK6);
  }

  /** Asks a resolver, and has a client of the host ask a server in the guest. */
  boolean services(Optional<ForwardedPort> port) throws IOException, InterruptedException {
    if (!asked.ipv4() || !asked.dhcp()) {
      return true; // told already
    }
    Optional<DhcpClient.Lease> lease = new DhcpClient(guest).lease();
    if (lease.isEmpty()) {
      return report.failed("DHCP", "no server answers a second time");
    }
    resolve(lease.get());
    if (port.isEmpty()) {
      return report.skipped("port", UNWANTED);
    }
    return port.get().use(tcp, lease.get().address())
        ? report.done(
            "port",
            "a client of the host fetches %s from port %d of the guest"
                .formatted(port.get().url(), ForwardedPort.IN_GUEST))
        : report.failed("port", port.get().url() + ": the guest's page did not come");
  }

  /** The ways over which a page came. */
  List<Way> ways() {
    return ways;
  }

  /** A resolver that is silent is the host's matter. */
  private void resolve(DhcpClient.Lease lease) throws IOException {
    if (!asked.udp()) {
      report.skipped("DNS", UNWANTED);
    } else if (lease.resolvers().isEmpty()) {
      report.skipped("DNS", "the guest is told no resolver: /etc/resolv.conf has none for IPv4");
    } else {
      IpAddress resolver = lease.resolvers().getFirst();
      new DnsClient(guest)
          .ask(lease.address(), resolver)
          .ifPresentOrElse(
              answer -> report.done("DNS", resolver + " " + answer),
              () ->
                  report.skipped(
                      "DNS", resolver + " does not answer: does the host reach its resolver?"));
    }
  }

  private boolean reach(IpAddress own, IpAddress router, Optional<IpAddress> host, String loopback)
      throws IOException {
    boolean pings = asked.pings() && ping(own, host.orElse(router));
    if (!asked.pings()) {
      report.skipped("ping", UNWANTED);
    }
    if (!asked.tcp() || host.isEmpty()) {
      return report.skipped("TCP", UNWANTED);
    }
    return fetch(new Way(own, host.get(), loopback, pings));
  }

  private boolean ping(IpAddress own, IpAddress router) throws IOException {
    Optional<Duration> reply = ping.send(own, router);
    if (reply.isPresent()) {
      return report.done("ping", "%s answers after %s ms".formatted(router, millis(reply.get())));
    }
    report.skipped(
        "ping",
        router + " does not answer: does the host's net.ipv4.ping_group_range allow pings?");
    return false;
  }

  private boolean fetch(Way way) throws IOException {
    IpAddress host = way.host();
    try (PageServer server = PageServer.start(way.loopback(), PAGE, Duration.ZERO)) {
      String url =
          "http://%s:%d/".formatted(host.isIpv4() ? host : "[" + host + "]", server.port());
      long start = System.nanoTime();
      Optional<byte[]> answer = tcp.exchange(way.own(), host, server.port(), PageServer.request());
      Duration taken = Duration.ofNanos(System.nanoTime() - start);
      if (answer.isEmpty() || !PageServer.isAnswer(answer.get(), PAGE)) {
        return report.failed("TCP", url + ": the page did not come as it was sent");
      }
      ways.add(way);
      return report.done(
          "TCP",
          "%s, served on %s: %d bytes in %s ms, as they were sent"
              .formatted(url, way.loopback(), PAGE, millis(taken)));
    }
  }

  private static boolean hasLoopback6() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName(LOOPBACK6))) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static String millis(Duration duration) {
    return "%.1f".formatted(duration.toNanos() / 1e6);
  }
}
