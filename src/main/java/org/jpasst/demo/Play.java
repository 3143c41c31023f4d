package org.jpasst.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jpasst.net.IpAddress;

/** What the guest does, step by step, told line by line. */
final class Play {
  /** The address at which the guest reaches the host's own services over IPv6. */
  static final IpAddress HOST6 = IpAddress.parse("fe80::1").orElseThrow();

  private final Guest guest;
  private final Report report;
  private final TcpClient tcp;
  private final Ping ping;
  private final List<Way> ways = new ArrayList<>();

  Play(Guest guest, Report report) {
    this.guest = guest;
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

  /** Lease, neighbour, ping and page over IPv4; false if a step failed. */
  boolean ipv4() throws IOException {
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
    boolean pings = ping(lease.address(), lease.router());
    return fetch(new Way(lease.address(), lease.router(), "127.0.0.1", pings));
  }

  /** Router advertisement, ping and page over IPv6; false if a step failed. */
  boolean ipv6() throws IOException {
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
    boolean pings = ping(own, HOST6);
    return fetch(new Way(own, HOST6, "::1", pings));
  }

  /** The ways over which a page came. */
  List<Way> ways() {
    return ways;
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
    try (PageServer server = PageServer.start(way.loopback())) {
      String url =
          "http://%s:%d/".formatted(host.isIpv4() ? host : "[" + host + "]", server.port());
      long start = System.nanoTime();
      Optional<byte[]> answer = tcp.exchange(way.own(), host, server.port(), PageServer.request());
      Duration taken = Duration.ofNanos(System.nanoTime() - start);
      if (answer.isEmpty() || !PageServer.isAnswer(answer.get())) {
        return report.failed("TCP", url + ": the page did not come as it was sent");
      }
      ways.add(way);
      return report.done(
          "TCP",
          "%s, served on %s: %d bytes in %s ms, as they were sent"
              .formatted(
                  url,
                  InetAddress.getByName(way.loopback()).getHostAddress(),
                  answer.get().length,
                  millis(taken)));
    }
  }

  private static String millis(Duration duration) {
    return String.format(Locale.ROOT, "%.1f", duration.toNanos() / 1e6);
  }
}
