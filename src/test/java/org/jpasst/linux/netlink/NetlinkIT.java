package org.jpasst.linux.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jpasst.lab.Await;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@LabTest
final class NetlinkIT {
  private static final Duration SOON = Duration.ofSeconds(5);

  @TempDir private Path directory;
  private NetworkNamespace namespace;
  private int index;

  @BeforeEach
  void setUp() {
    namespace = NetworkNamespace.create("netlink");
    namespace.ip("link add eth7 address 02:00:00:00:00:07 mtu 1400 type veth peer name eth8");
    namespace.ip("link set eth7 up");
    namespace.ip("link set eth8 up");
    namespace.ip("addr add 192.0.2.1/24 dev eth7");
    namespace.ip("addr add 198.51.100.1 peer 198.51.100.2/32 dev eth7");
    namespace.ip("addr add 2001:db8::1/64 dev eth7 preferred_lft 0");
    index = dump().links().stream().filter(l -> l.name().equals("eth7")).findFirst().get().index();
  }

  @AfterEach
  void tearDown() {
    namespace.close();
  }

  @Test
  void interfacesHaveNameMtuAndAddress() {
    assertThat(dump().links())
        .contains(new Link(index, "eth7", 1400, true, MacAddress.parse("02:00:00:00:00:07")))
        .anySatisfy(
            link -> {
              assertThat(link.name()).isEqualTo("lo");
              assertThat(link.index()).isEqualTo(1);
              assertThat(link.address()).isEmpty();
            });
  }

  @Test
  void addressesAreTheLocalOnesWithScopeAndState() {
    List<InterfaceAddress> addresses = dump().addresses();

    InterfaceAddress first = address(addresses, "192.0.2.1");
    assertThat(first.prefixLength()).isEqualTo(24);
    assertThat(first.interfaceIndex()).isEqualTo(index);
    assertThat(first.isLinkScope()).isFalse();
    assertThat(first.isDeprecated()).isFalse();
    assertThat(address(addresses, "198.51.100.1").prefixLength()).isEqualTo(32);
    assertThat(address(addresses, "2001:db8::1").isDeprecated()).isTrue();
    assertThat(addresses)
        .anyMatch(a -> a.interfaceIndex() == index && a.address().isLinkLocal() && a.isLinkScope());
  }

  @Test
  void routesHaveTheirHops() {
    namespace.ip("route add default via 192.0.2.2");
    namespace.ip("route add 203.0.113.0/24 nexthop via 192.0.2.3 weight 5 nexthop via 192.0.2.4");
    namespace.ip("-6 route add default via fe80::2 dev eth7 metric 77");
    List<Route> routes = dump().routes().stream().filter(Route::isMainUnicast).toList();

    assertThat(routes)
        .anySatisfy(
            route -> {
              assertThat(route.destination()).isEqualTo(IpAddress.ANY4);
              assertThat(route.prefixLength()).isZero();
              assertThat(route.hops()).containsExactly(hop("192.0.2.2", 1));
            })
        .anySatisfy(
            route -> {
              assertThat(route.prefixLength()).isEqualTo(24);
              assertThat(route.hops()).containsExactly(hop("192.0.2.3", 5), hop("192.0.2.4", 1));
            })
        .anySatisfy(
            route -> {
              assertThat(route.destination()).isEqualTo(IpAddress.ANY6);
              assertThat(route.priority()).isEqualTo(77);
              assertThat(route.hops()).containsExactly(hop("fe80::2", 1));
            });
  }

  @Test
  void neighboursPresentAndLaterAreTold() throws IOException {
    namespace.ip("neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev eth7");
    var seen = new ArrayList<String>();
    var listener = listener(seen);
    try (NeighbourTable table = namespace.call(() -> new NeighbourTable(new LinuxSockets()))) {
      awaitSeen(table, listener, seen, "192.0.2.9 02:00:00:00:00:09");
      namespace.ip("neigh add 2001:db8::a lladdr 02:00:00:00:00:0a dev eth7");
      awaitSeen(table, listener, seen, "2001:db8::a 02:00:00:00:00:0a");
      namespace.ip("neigh del 192.0.2.9 dev eth7");
      awaitSeen(table, listener, seen, "192.0.2.9 gone");
      seen.clear();
      assertThat(table.read(listener)).isZero();
      assertThat(seen).isEmpty();
    }
  }

  @Test
  void afterAnOverrunAllNeighboursAreTold() throws IOException {
    var seen = new ArrayList<String>();
    try (NeighbourTable table = namespace.call(() -> new NeighbourTable(new LinuxSockets()))) {
      Await.until("empty dump", SOON, () -> table.read(listener(seen)) == 0);
      // 3000 changes are more than the socket's buffer holds.
      Path changes = directory.resolve("changes");
      Files.write(
          changes,
          IntStream.range(0, 3000)
              .mapToObj(
                  i ->
                      String.format(
                          "neigh replace 192.0.2.%d lladdr 02:00:00:00:%02x:%02x dev eth7",
                          i % 250 + 3, i / 250, i % 250))
              .toList());
      namespace.run("ip", "-batch", changes.toString());
      awaitSeen(table, listener(seen), seen, "192.0.2.252 02:00:00:00:0b:f9");
      for (int i = 0; i < 250; i++) {
        String last = String.format("192.0.2.%d 02:00:00:00:0b:%02x", i + 3, i);
        awaitSeen(table, listener(seen), seen, last);
      }
    }
  }

  @Test
  void changesOfTheNetworkAreNoticedWhateverTheirNumber() throws IOException {
    try (var changes = namespace.call(() -> new NetworkChanges(new LinuxSockets()))) {
      Await.until("silence", SOON, () -> changes.read() == 0);
      namespace.ip("addr add 203.0.113.9/24 dev eth7");
      assertThat(changes.read()).isEqualTo(NetworkChanges.CHANGED);
      // More than the socket's buffer holds.
      namespace.run(
          "sh",
          "-c",
          "i=0; while [ $i -lt 4000 ]; do echo route add 10.0.$((i / 250)).$((i % 250))/32 dev"
              + " eth7; i=$((i + 1)); done | ip -batch -");
      assertThat(changes.read()).isEqualTo(NetworkChanges.CHANGED);
      Await.until("the end", SOON, () -> changes.read() == 0);
      namespace.ip("link set eth7 down");
      assertThat(changes.read()).isEqualTo(NetworkChanges.CHANGED);
    }
  }

  private static NeighbourListener listener(List<String> seen) {
    return new NeighbourListener() {
      @Override
      public void onNeighbour(int interfaceIndex, long hi, long lo, long mac) {
        seen.add(new IpAddress(hi, lo) + " " + new MacAddress(mac));
      }

      @Override
      public void onNeighbourGone(int interfaceIndex, long hi, long lo) {
        seen.add(new IpAddress(hi, lo) + " gone");
      }
    };
  }

  private static void awaitSeen(
      NeighbourTable table, NeighbourListener listener, List<String> seen, String expected) {
    Await.until(
        expected,
        SOON,
        () -> {
          assertThat(table.read(listener)).isZero();
          return seen.contains(expected);
        });
  }

  private NetworkDump dump() {
    return namespace.call(
        () -> {
          try (var reader = new NetworkReader(new LinuxSockets())) {
            return reader.read();
          }
        });
  }

  private Route.Hop hop(String gateway, int weight) {
    return new Route.Hop(index, IpAddress.parse(gateway), weight);
  }

  private static InterfaceAddress address(List<InterfaceAddress> addresses, String text) {
    Optional<IpAddress> wanted = IpAddress.parse(text);
    return addresses.stream()
        .filter(a -> Optional.of(a.address()).equals(wanted))
        .findFirst()
        .get();
  }
}
