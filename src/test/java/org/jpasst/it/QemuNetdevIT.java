package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.it.NetdevTraffic.PORT;
import static org.jpasst.it.NetdevTraffic.address;
import static org.jpasst.it.NetdevTraffic.bind;
import static org.jpasst.it.NetdevTraffic.datagram;
import static org.jpasst.it.NetdevTraffic.encoded;
import static org.jpasst.it.NetdevTraffic.peerOfConnection;
import static org.jpasst.it.NetdevTraffic.read;
import static org.jpasst.it.NetdevTraffic.text;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * QEMU starts the back-end with what its {@code -netdev passt} has properties for: each of them has
 * its effect. Every nested class boots one guest. With the system property {@code
 * jpasst.passt=lab:passt} the same holds for the real passt.
 */
@LabTest
final class QemuNetdevIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int DNS = 53;

  /** Addresses of the remote to which the host's own route would be another interface. */
  private static final String ASIDE4 = "203.0.113.9";

  private static final String ASIDE6 = "2001:db8:ff::9";

  private static final String GIVEN =
      "quiet=off,mtu=1300,address=192.0.2.50,netmask=255.255.255.192,mac=02:aa:bb:cc:dd:ee"
          + ",gateway=192.0.2.3,interface=up0,outbound=192.0.2.5,dns=192.0.2.33"
          + ",search=a.example.org,search=b.example.org,fqdn=vm.example.org"
          + ",map-host-loopback=192.0.2.9,map-guest-addr=192.0.2.10"
          + ",dns-forward=192.0.2.11,dns-host=192.0.2.3,freebind=on"
          + ",tcp-ports=5001,tcp-ports=5002:22,udp-ports=5001"
          + ",param=--tcp-ports,param=192.0.2.60/5003";
  private static final String ONLY_IPV6 =
      "vhost-user=on,ipv4=off,ra=off,dhcp-dns=off,dhcp-search=off,outbound-if6=vh";
  private static final String ONLY_IPV4 = "vhost-user=on,ipv6=off,udp=off,icmp=off,outbound-if4=vh";
  private static final String UNSERVED = "tcp=off,ndp=off,dhcp=off,dhcpv6=off";

  @Test
  void aBackEndThatCannotStartEndsQemuWithTheReason() throws IOException {
    try (Lab lab = Lab.open();
        ServerSocket inUse = TcpPair.listen(lab.host(), Lab.HOST4, 5001).socket()) {
      var command = List.of("qemu-system-x86_64", "-M", "none", "-display", "none", "-netdev");
      var all = new ArrayList<>(command);
      all.add(netdev("tcp-ports=" + inUse.getLocalPort()));
      try (LabProcess qemu =
          lab.host()
              .start(LabTree.testing().inside(all, lab.resolvConf()), BackEnd.environment())) {
        assertThat(qemu.awaitExit(SOON)).isEqualTo(1);
        assertThat(qemu.output()).containsPattern("5001.*in use").contains("exited with code 1");
      }
      assertThat(lab.host().processes()).isEmpty();
    }
  }

  /** Everything that has a value. */
  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  class Given {
    private final Lab lab = openLab();
    private QemuGuest guest;
    private String lease4;

    @BeforeAll
    void boot() {
      for (String each : List.of("192.0.2.5/24", "192.0.2.50/24")) {
        lab.host().ip("addr add " + each + " dev vh");
      }
      guest = QemuNetdevIT.boot(lab, GIVEN);
      lease4 = guest.console().lease4();
    }

    @AfterAll
    void close() {
      QemuNetdevIT.close(guest, lab);
    }

    @Test
    @Order(1)
    void thereAreNoPropertiesButThoseTestedHere() {
      String schema = guest.monitor().execute("{'execute':'query-qmp-schema'}");
      int within = schema.indexOf("\"map-guest-addr\"");
      String members =
          schema.substring(
              schema.lastIndexOf("\"members\": [{", within), schema.indexOf("}]", within));
      assertThat(
              Pattern.compile("\"name\": \"([^\"]+)\"")
                  .matcher(members)
                  .results()
                  .map(each -> each.group(1)))
          .containsExactlyInAnyOrderElementsOf(properties());
    }

    @Test
    @Order(1)
    void dhcpTellsWhatIsGiven() {
      assertThat(lease4.lines())
          .contains(
              "ipv4.ip=192.0.2.50",
              "ipv4.mask=26",
              "ipv4.router=192.0.2.3",
              "ipv4.dns=192.0.2.33",
              "ipv4.search=a.example.org b.example.org",
              "ipv4.mtu=1300");
      assertThat(lease4).containsPattern("ipv4.opt81=.*" + encoded("vm.example.org"));
      assertThat(guest.console().lease6().lines())
          .contains(
              "ipv6.ipv6=2001:0db8:0007:0000:0000:0000:0000:0001",
              "ipv6.search=a.example.org b.example.org",
              "ipv6.fqdn=vm.example.org");
    }

    @Test
    @Order(1)
    void theTemplateInterfacesPrefixIsAdvertised() {
      guest.console().awaitAddress("2001:db8:7:0:5054:ff:fe12:3456/64 .*dynamic");
    }

    @Test
    @Order(1)
    void theGatewayHasTheMacGiven() {
      guest.run("ping -c 1 -W 5 192.0.2.3");
      assertThat(guest.run("ip neigh show 192.0.2.3")).contains("02:aa:bb:cc:dd:ee");
    }

    @Test
    @Order(1)
    void peersSeeTheOutboundAddress() throws IOException {
      assertThat(peerOfConnection(lab.remote(), Lab.REMOTE4, guest, Lab.REMOTE4))
          .isEqualTo("192.0.2.5");
    }

    @ParameterizedTest
    @Order(1)
    @CsvSource({"192.0.2.9, 127.0.0.1", "192.0.2.10, 192.0.2.50"})
    void mappedAddressReachesTheHost(String mapped, String onHost) throws IOException {
      peerOfConnection(lab.host(), onHost, guest, mapped);
    }

    @Test
    @Order(1)
    void queriesToTheForwarderReachTheResolverGiven() throws IOException {
      try (DatagramSocket resolver = bind(lab.remote(), Lab.REMOTE4, DNS)) {
        guest.run("echo query | nc -u -w 1 192.0.2.11 53 >/tmp/answer & nc=$!");
        var query = new DatagramPacket(new byte[100], 100);
        resolver.receive(query);
        assertThat(text(query)).isEqualTo("query\n");
        resolver.send(datagram("answer\n", query.getSocketAddress()));
        guest.console().await("grep -q answer /tmp/answer");
        guest.run("wait $nc; true");
      }
    }

    @ParameterizedTest
    @Order(1)
    @CsvSource({"192.0.2.1, 5001, 5001", "192.0.2.1, 5002, 22", "192.0.2.60, 5003, 5003"})
    void forwardedTcpPortAnswers(String address, int port, int guestPort) throws IOException {
      // Where it was bound before the host had that address, by freebind.
      lab.host().ip("addr replace 192.0.2.60/24 dev vh");
      guest.console().listen("echo answer | nc -N -l %d".formatted(guestPort), guestPort);
      try (SocketChannel client = TcpPair.connect(lab.remote(), address, port)) {
        assertThat(read(client.socket())).isEqualTo("answer\n");
      }
      guest.run("wait");
    }

    @Test
    @Order(1)
    void forwardedUdpPortAnswers() throws IOException {
      guest.run("echo answer | nc -u -l 5001 >/tmp/got & nc=$!");
      guest.console().await("netstat -lun | grep -q ':5001 '");
      try (DatagramSocket client = bind(lab.remote(), Lab.REMOTE4, PORT)) {
        client.send(
            datagram("request\n", new InetSocketAddress(InetAddress.getByName(Lab.HOST4), 5001)));
        var answer = new DatagramPacket(new byte[100], 100);
        client.receive(answer);
        assertThat(text(answer)).isEqualTo("answer\n");
      }
      guest.run("kill $nc; wait $nc; true");
    }

    @Test
    @Order(1)
    void settingsAreToldUnlessQuiet() {
      assertThat(guest.process().output()).contains("router: 192.0.2.3");
    }

    @Test
    @Order(2)
    void aKilledQemuTakesTheBackEndWithIt() {
      guest.process().signal("KILL");
      Await.atMost(
          "processes in the host's namespace", 0, SOON, () -> lab.host().processes().size());
    }
  }

  /** Without IPv4, and with an IPv6 that only DHCPv6 tells something of. */
  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  class OnlyIpv6 {
    private final Lab lab = openLab();
    private QemuGuest guest;

    @BeforeAll
    void boot() {
      guest = QemuNetdevIT.boot(lab, ONLY_IPV6);
    }

    @AfterAll
    void close() {
      QemuNetdevIT.close(guest, lab);
    }

    @Test
    @Order(1)
    void thereIsNoIpv4() {
      assertThat(guest.shell(lease("udhcpc")).status()).isNotZero();
      guest.run("ip addr add 192.0.2.1/24 dev eth0");
      assertThat(guest.shell("ping -c 1 -W 2 " + Lab.REMOTE4).status()).isNotZero();
      assertThat(guest.run("cat /proc/net/arp")).doesNotContain(Lab.HOST_MAC, "9a:55");
    }

    @Test
    @Order(1)
    void dhcpv6TellsNoNames() {
      assertThat(guest.console().lease6())
          .contains("ipv6.ipv6=2001:0db8:0000:0000:0000:0000:0000:0001")
          .doesNotContain("dns", "search");
    }

    @Test
    @Order(2)
    void routersAreNotAdvertised() {
      guest.console().await("[ $(" + counter("Icmp6OutRouterSolicits") + ") -ge 2 ]");
      assertThat(guest.run(counter("Icmp6InRouterAdvertisements"))).isEqualTo("0");
    }

    @Test
    @Order(2)
    void connectionsLeaveByTheOutboundInterface() throws IOException {
      guest.run("ip -6 route add default dev eth0");
      assertThat(peerOfConnection(lab.remote(), ASIDE6, guest, ASIDE6))
          .isEqualTo(address(Lab.HOST6));
    }

    @Test
    @Order(3)
    void qemuRunsOnWithoutItsBackEnd() {
      killBackEnd(lab, guest);
      Await.until(
          "the end of the back-end",
          SOON,
          () -> lab.host().processes().equals(List.of(guest.process().pid())));
      guest.run("true");
      assertThat(guest.monitor().execute("{'execute':'query-status'}")).contains("running");
      assertThat(guest.quit()).isZero();
    }
  }

  /** Without IPv6, and with TCP alone. */
  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  class OnlyIpv4 {
    private final Lab lab = openLab();
    private QemuGuest guest;

    @BeforeAll
    void boot() {
      guest = QemuNetdevIT.boot(lab, ONLY_IPV4);
      guest.console().lease4();
    }

    @AfterAll
    void close() {
      QemuNetdevIT.close(guest, lab);
    }

    @Test
    void thereIsNoIpv6() {
      guest.run("ip -6 route add 2001:db8::/64 dev eth0");
      assertThat(guest.shell("ping -c 1 -W 2 " + Lab.REMOTE6).status()).isNotZero();
      assertThat(guest.run(counter("Icmp6InMsgs"))).isEqualTo("0");
    }

    @Test
    void connectionsLeaveByTheOutboundInterface() throws IOException {
      assertThat(peerOfConnection(lab.remote(), ASIDE4, guest, ASIDE4)).isEqualTo(Lab.HOST4);
    }

    @Test
    void datagramsAreNotSent() {
      long before = lab.host().counter("Udp", "OutDatagrams");
      guest.run("echo request | nc -u -w 1 " + Lab.REMOTE4 + " " + PORT);
      // Frames are served in their order: what is answered came after the datagram.
      guest.console().lease4();
      assertThat(lab.host().counter("Udp", "OutDatagrams")).isEqualTo(before);
    }

    @Test
    void pingIsNotAnswered() {
      assertThat(guest.shell("ping -c 1 -W 2 " + Lab.REMOTE4).status()).isNotZero();
      assertThat(lab.host().counter("Icmp", "OutEchos")).isZero();
    }
  }

  /** A guest that has to know its addresses itself, and has no TCP. */
  @Nested
  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  class Unserved {
    private final Lab lab = openLab();
    private QemuGuest guest;

    @BeforeAll
    void boot() {
      guest = QemuNetdevIT.boot(lab, UNSERVED);
    }

    @AfterAll
    void close() {
      QemuNetdevIT.close(guest, lab);
    }

    @ParameterizedTest
    @Order(1)
    @ValueSource(strings = {"udhcpc", "udhcpc6"})
    void thereIsNoLease(String client) {
      assertThat(guest.shell(lease(client)).status()).isNotZero();
    }

    @Test
    @Order(1)
    void neighboursAreNotToldOverIpv6() {
      guest.run("ip -6 route add 2001:db8::/64 dev eth0");
      assertThat(guest.shell("ping -c 1 -W 2 " + Lab.REMOTE6).status()).isNotZero();
      assertThat(guest.run(counter("Icmp6InNeighborAdvertisements"))).isEqualTo("0");
    }

    @Test
    @Order(2)
    void connectionsAreNotMade() {
      guest.run("ip addr add 192.0.2.1/24 dev eth0 && ping -c 1 -W 5 " + Lab.REMOTE4);
      assertThat(guest.shell("nc -z -w 2 " + Lab.REMOTE4 + " " + PORT).status()).isNotZero();
      assertThat(lab.host().counter("Tcp", "ActiveOpens")).isZero();
    }

    @Test
    @Order(3)
    void qemuStartsAKilledBackEndAgain() {
      long first = killBackEnd(lab, guest);
      guest.console().await("ping -c 1 -W 1 " + Lab.REMOTE4);
      assertThat(backEnd(lab, guest)).isNotEqualTo(first);
    }

    @Test
    @Order(4)
    void nothingIsSaidThatIsNoWarning() {
      assertThat(guest.process().output()).doesNotContain("MAC:");
    }
  }

  private static Lab openLab() {
    Lab lab = Lab.open();
    NetworkNamespace host = lab.host();
    host.ip("link add up0 type veth peer name up1");
    host.ip("link set up0 up");
    host.ip("link set up1 up");
    host.ip("addr add 198.18.0.1/15 dev up0");
    host.ip("addr add 2001:db8:7::1/64 dev up0 nodad");
    host.ip("-6 route add default via fe80::77 dev up0 metric 5000");
    host.ip("route add 203.0.113.0/24 dev up0");
    host.ip("-6 route add 2001:db8:ff::/64 dev up0");
    lab.remote().ip("addr add " + ASIDE4 + "/32 dev vr");
    lab.remote().ip("addr add " + ASIDE6 + "/128 dev vr nodad");
    return lab;
  }

  private static QemuGuest boot(Lab lab, String properties) {
    QemuGuest guest = QemuGuest.boot(lab, LabTree.testing(), "-netdev", netdev(properties));
    guest.run("ip link set eth0 up");
    guest.console().awaitAddress("fe80:");
    return guest;
  }

  private static void close(QemuGuest guest, Lab lab) {
    if (guest != null) {
      guest.close();
    }
    lab.close();
  }

  private static String netdev(String properties) {
    return "passt,id=%s,path=%s,%s".formatted(QemuGuest.NETDEV, BackEnd.program(), properties);
  }

  /** Names of all properties used here. */
  private static List<String> properties() {
    String all = String.join(",", GIVEN, ONLY_IPV6, ONLY_IPV4, UNSERVED, "path=");
    return Stream.of(all.split(",")).map(each -> each.split("=")[0]).distinct().toList();
  }

  /** The guest's command for a lease that it won't get. */
  private static String lease(String client) {
    return client + " -f -n -q -t 1 -T 1 -i eth0 -s /dhcp-script >/dev/null 2>&1";
  }

  private static String counter(String name) {
    return "awk '$1 == \"%s\" { print $2 }' /proc/net/snmp6".formatted(name);
  }

  private static long backEnd(Lab lab, QemuGuest guest) {
    return Await.value(
        "a back-end",
        SOON,
        () ->
            lab.host().processes().stream()
                .filter(each -> each != guest.process().pid())
                .findFirst());
  }

  private static long killBackEnd(Lab lab, QemuGuest guest) {
    long pid = backEnd(lab, guest);
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    return pid;
  }
}
