package org.jpasst.proto.listen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.socket.LoopbackHost;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Replacing tables, with listening sockets on loopback addresses of the machine. */
final class ForwardTableTest {
  private final List<PortListenersInTest> all = new ArrayList<>();
  private LoopbackHost host;
  private PortListenersInTest tcp;
  private PortListenersInTest udp;
  private ForwardTable table;
  private int first;

  /** Keeps sockets, and what they are forwarded by. */
  private final class PortListenersInTest implements PortListeners {
    private final List<Integer> descriptors = new ArrayList<>();
    private final List<ForwardRule> rules = new ArrayList<>();
    private boolean flows;
    private int failure;
    private Deque<Integer> failures = new ArrayDeque<>();

    PortListenersInTest() {
      all.add(this);
    }

    @Override
    public int add(int fd, ForwardRule rule, int port) {
      if (failure != 0) {
        host.sockets.close(fd);
        return failures.isEmpty() ? failure : failures.removeFirst();
      }
      descriptors.add(fd);
      rules.add(rule);
      return descriptors.size() - 1;
    }

    @Override
    public void update(int number, ForwardRule rule) {
      rules.set(number, rule);
    }

    @Override
    public void remove(int number) {
      host.sockets.close(descriptors.get(number));
      descriptors.set(number, -1);
    }

    @Override
    public boolean hasFlowsAt(int port) {
      return flows;
    }

    List<Integer> open() {
      return descriptors.stream().filter(fd -> fd >= 0).toList();
    }
  }

  @BeforeEach
  void start() throws IOException {
    host = new LoopbackHost();
    tcp = new PortListenersInTest();
    udp = new PortListenersInTest();
    table = new ForwardTable(host.listeningSockets(), tcp, udp);
    first = freePorts(4);
  }

  @AfterEach
  void end() {
    all.forEach(each -> each.open().forEach(host.sockets::close));
    host.close();
  }

  @Test
  void socketsOfPortsThatStayAreKept() {
    replace(tcp("127.0.0.1", first, first + 1), udp("*", first));
    List<Integer> before = tcp.open();
    List<Integer> beforeUdp = udp.open();

    replace(udp("*", first), tcp("127.0.0.1", first + 1, first + 3));

    assertThat(tcp.open()).contains(before.get(1)).doesNotContain(before.get(0)).hasSize(3);
    assertThat(udp.open()).isEqualTo(beforeUdp);
    assertThat(isListening("127.0.0.1", first)).isFalse();
    assertThat(isListening("127.0.0.1", first + 3)).isTrue();
  }

  @Test
  void aPortThatIsForwardedElsewhereKeepsItsSocketAndBacklog() throws IOException {
    replace(tcp("127.0.0.1", first, first));
    try (var waiting = new Socket(InetAddress.getByName("127.0.0.1"), first)) {
      ForwardRule elsewhere = withTarget(tcp("127.0.0.1", first, first), 22);
      replace(elsewhere);

      assertThat(tcp.rules).containsExactly(elsewhere);
      int accepted = host.sockets.accept(tcp.open().getFirst(), new SocketAddress(), 0);
      assertThat(accepted).isNotNegative();
      host.sockets.close(accepted);
      assertThat(waiting.isConnected()).isTrue();
    }
  }

  @Test
  void whereAPortIsTakenNothingChanges() throws IOException {
    replace(tcp("127.0.0.1", first, first));
    List<Integer> before = tcp.open();
    try (var taken = new ServerSocket(first + 2, 1, InetAddress.getByName("127.0.0.1"))) {
      Optional<ForwardFailure> failure =
          table.replace(List.of(udp("*", first), tcp("127.0.0.1", first + 1, first + 3)));

      assertThat(failure.orElseThrow().text())
          .isEqualTo(
              "cannot listen on TCP [127.0.0.1]:%d (EADDRINUSE: address already in use)"
                  .formatted(taken.getLocalPort()));
    }
    assertThat(tcp.open()).isEqualTo(before);
    assertThat(udp.open()).isEmpty();
    assertThat(table.rules()).containsExactly(tcp("127.0.0.1", first, first));
    assertThat(isListening("127.0.0.1", first + 1)).isFalse();
  }

  @Test
  void allTakenPortsOfARuleAreNamed() throws IOException {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    try (var one = new ServerSocket(first + 1, 1, loopback);
        var two = new ServerSocket(first + 3, 1, loopback)) {
      assertThat(table.replace(List.of(tcp("127.0.0.1", first, first + 3))).orElseThrow().text())
          .contains("TCP [127.0.0.1]:" + one.getLocalPort() + " (")
          .contains(", [127.0.0.1]:" + two.getLocalPort() + " (");
    }
    assertThat(isListening("127.0.0.1", first)).isFalse();
  }

  @Test
  void notMoreFailuresAreNamedThanCanBeRead() {
    tcp.failure = -1;
    var errors = new ArrayDeque<Integer>();
    for (int i = 0; i < 40; i++) {
      errors.add(i % 2 == 0 ? -Errno.ENOSPC : -Errno.ENOMEM);
    }
    tcp.failures = errors;
    assertThat(table.replace(List.of(tcp("127.0.0.8", 10_000, 10_039))).orElseThrow().text())
        .contains(":10015 (ENOMEM")
        .doesNotContain(":10016")
        .endsWith(" and 24 more ranges");
  }

  @Test
  void anAddressInPlaceOfAllIsHadAlthoughTheKernelDoesNotHaveBoth() {
    replace(tcp("*", first, first), udp("*", first));
    assertThat(isListening("127.0.0.5", first)).isTrue();

    replace(tcp("127.0.0.1", first, first), udp("127.0.0.1", first));

    assertThat(isListening("127.0.0.1", first)).isTrue();
    assertThat(isListening("127.0.0.5", first)).isFalse();
    assertThat(tcp.open()).hasSize(1);
    assertThat(udp.open()).hasSize(1);
  }

  @Test
  void whatWasInTheWayIsOpenedAgainWhereAnotherPortIsTaken() throws IOException {
    replace(tcp("*", first, first));
    try (var taken = new ServerSocket(first + 1, 1, InetAddress.getByName("127.0.0.1"))) {
      Optional<ForwardFailure> failure = table.replace(List.of(tcp("127.0.0.1", first, first + 1)));

      assertThat(failure.orElseThrow().text())
          .contains(":" + taken.getLocalPort() + " (EADDRINUSE");
    }
    assertThat(table.rules()).containsExactly(tcp("*", first, first));
    assertThat(isListening("127.0.0.5", first)).isTrue();
    assertThat(tcp.open()).hasSize(1);
    replace();
    assertThat(isListening("127.0.0.5", first)).isFalse();
  }

  @Test
  void aBlockedPortThatCannotBeHadBringsTheOldOneBack() {
    replace(tcp("*", first, first));
    Optional<ForwardFailure> failure =
        table.replace(List.of(withInterface(tcp("127.0.0.1", first, first), "nonexistent0")));

    assertThat(failure.orElseThrow().text())
        .contains("[127.0.0.1]%nonexistent0:" + first)
        .contains("ENODEV");
    assertThat(isListening("127.0.0.5", first)).isTrue();
  }

  @Test
  void whatCannotBeBroughtBackIsTold() {
    replace(tcp("*", first, first));
    tcp.failure = -Errno.ENOSPC;
    assertThat(table.replace(List.of(tcp("127.0.0.1", first, first))).orElseThrow().text())
        .contains("cannot listen on TCP [127.0.0.1]:" + first + " (ENOSPC")
        .contains("; of the old rules, cannot listen on TCP [*]:" + first + " (ENOSPC");
    tcp.failure = 0;
    replace(tcp("*", first, first));
    assertThat(isListening("127.0.0.1", first)).isTrue();
  }

  @Test
  void aBestEffortRuleNeedsOnePortOnly() throws IOException {
    try (var busy = new DatagramSocket(new InetSocketAddress("127.0.0.1", first))) {
      assertThat(table.replace(List.of(bestEffort(first, first)))).isPresent();
      replace(bestEffort(first, first + 1));
      assertThat(udp.open()).hasSize(1);
      assertThat(busy.isBound()).isTrue();
    }
    // The port is free by now: putting the same rules in force again gets it.
    List<Integer> before = udp.open();
    replace(bestEffort(first, first + 1));
    assertThat(udp.open()).hasSize(2).containsAll(before);
  }

  @Test
  void aUdpPortThatFlowsHaveIsSharedWithThem() throws IOException {
    try (var flow = new DatagramSocket(null)) {
      flow.setReuseAddress(true);
      flow.bind(new InetSocketAddress("127.0.0.1", first));
      assertThat(table.replace(List.of(udp("127.0.0.1", first)))).isPresent();
      udp.flows = true;
      replace(udp("127.0.0.1", first));
    }
  }

  @Test
  void thousandsOfPortsComeAndGo() {
    ForwardRule many = tcp("127.0.0.7", 10_000, 12_999);
    replace(many);
    replace(tcp("127.0.0.7", 11_000, 13_999));
    assertThat(tcp.open()).hasSize(3000);
    assertThat(tcp.descriptors).hasSize(4000);
    replace();
    assertThat(tcp.open()).isEmpty();
  }

  @Test
  void theLastDescriptorsAreNotForPortsThatAreAddedEither() {
    var few = host.listeningSockets(new DescriptorReserve(limitBeyond(64), Log.none()));
    table = new ForwardTable(few, tcp, udp);
    replace(tcp("127.0.0.8", 10_000, 10_000));

    replace(tcp("127.0.0.8", 10_000, 10_000), bestEffort(10_000, 10_099));
    Optional<ForwardFailure> failure =
        table.replace(List.of(tcp("127.0.0.8", 10_000, 10_000), tcp("127.0.0.9", 10_000, 10_099)));

    assertThat(few.left()).isZero();
    assertThat(udp.open()).hasSizeBetween(1, 64);
    assertThat(failure.orElseThrow().text()).contains("EMFILE", "ulimit -n");
    assertThat(failure.orElseThrow().errno()).isEqualTo(Errno.EMFILE);
  }

  /** A limit that leaves so many descriptors at least, whichever numbers others have. */
  private int limitBeyond(int left) {
    int plenty = 1_000_000;
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < left; i++) {
      open.add(host.sockets.socket(AddressFamily.INET, SocketType.DGRAM, 0));
    }
    int limit = plenty - host.listeningSockets(new DescriptorReserve(plenty, Log.none())).left();
    open.forEach(host.sockets::close);
    return limit;
  }

  private void replace(ForwardRule... rules) {
    assertThat(table.replace(List.of(rules))).isEmpty();
    assertThat(table.rules()).containsExactly(rules);
  }

  private static boolean isListening(String address, int port) {
    try (var client = new Socket(InetAddress.getByName(address), port)) {
      return client.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static ForwardRule tcp(String bind, int from, int to) {
    return rule(Protocol.TCP, bind, from, to, false);
  }

  private static ForwardRule udp(String bind, int port) {
    return rule(Protocol.UDP, bind, port, port, false);
  }

  private static ForwardRule bestEffort(int from, int to) {
    return rule(Protocol.UDP, "127.0.0.1", from, to, true);
  }

  private static ForwardRule rule(
      Protocol protocol, String bind, int from, int to, boolean bestEffort) {
    return new ForwardRule(
        protocol,
        bind.equals("*") ? Optional.empty() : IpAddress.parse(bind),
        Optional.empty(),
        from,
        to,
        from,
        Optional.empty(),
        bestEffort);
  }

  private static ForwardRule withTarget(ForwardRule rule, int target) {
    return new ForwardRule(
        rule.protocol(),
        rule.bind(),
        rule.interfaceName(),
        rule.first(),
        rule.last(),
        target,
        rule.targetAddress(),
        rule.bestEffort());
  }

  private static ForwardRule withInterface(ForwardRule rule, String name) {
    return new ForwardRule(
        rule.protocol(),
        rule.bind(),
        Optional.of(name),
        rule.first(),
        rule.last(),
        rule.targetFirst(),
        rule.targetAddress(),
        rule.bestEffort());
  }

  /** The first of so many ports in a row that nobody uses just now. */
  private static int freePorts(int count) {
    for (int from = 14_000 + (int) (ProcessHandle.current().pid() % 5000); ; from += count) {
      try {
        for (int i = 0; i < count; i++) {
          new ServerSocket(from + i).close();
          new DatagramSocket(from + i).close();
        }
        return from;
      } catch (IOException e) {
        // One of them is in use.
      }
    }
  }
}
