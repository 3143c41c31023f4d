package org.jpasst.proto.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketMemory;
import org.jpasst.net.IpAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Listening sockets on loopback addresses of the machine. */
class ListeningSocketsTest {
  private final List<Integer> open = new ArrayList<>();
  private LoopbackHost host;
  private ListeningSockets listening;

  @BeforeEach
  void start() throws IOException {
    host = new LoopbackHost();
    listening = new ListeningSockets(host.sockets, host.configuration);
  }

  @AfterEach
  void end() {
    open.forEach(host.sockets::close);
    host.close();
  }

  @Test
  void aRuleWithoutAddressListensForBothFamilies() throws IOException {
    int port = freePorts(1);
    accept(listening.openAll(rule(Protocol.TCP, "*", port, port, false)));
    for (String address : List.of("127.0.0.1", "::1")) {
      try (var client = new Socket(InetAddress.getByName(address), port)) {
        assertThat(client.isConnected()).isTrue();
      }
    }
  }

  @Test
  void anUnspecifiedAddressListensForItsFamilyOnly() {
    int port = freePorts(1);
    accept(listening.openAll(rule(Protocol.TCP, "::", port, port, false)));
    accept(listening.openAll(rule(Protocol.TCP, "0.0.0.0", port, port, false)));
    accept(listening.openAll(rule(Protocol.UDP, "::", port, port, false)));
    accept(listening.openAll(rule(Protocol.UDP, "0.0.0.0", port, port, false)));
    assertThat(open).hasSize(4);
  }

  @Test
  void allBusyPortsOfAStrictRuleAreNamedAndNothingStaysOpen() throws IOException {
    int first = freePorts(4);
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    try (var one = new ServerSocket(first + 1, 1, loopback);
        var two = new ServerSocket(first + 3, 1, loopback)) {
      RuleSockets result =
          listening.openAll(rule(Protocol.TCP, "127.0.0.1", first, first + 3, false));
      assertThat(result.failure().orElseThrow())
          .contains("TCP [127.0.0.1]:" + one.getLocalPort())
          .contains("[127.0.0.1]:" + two.getLocalPort())
          .contains("EADDRINUSE");
      assertThat(result.descriptors()).containsOnly(result.descriptors()[1], -Errno.ECANCELED);
      try (var free = new ServerSocket(first, 1, loopback)) {
        assertThat(free.isBound()).isTrue();
      }
    }
  }

  @Test
  void aBestEffortRuleNeedsOnePortOnly() throws IOException {
    int first = freePorts(2);
    try (var busy = new DatagramSocket(new InetSocketAddress("127.0.0.1", first))) {
      RuleSockets some = listening.openAll(rule(Protocol.UDP, "127.0.0.1", first, first + 1, true));
      assertThat(busy.isBound()).isTrue();
      assertThat(some.failure()).isEmpty();
      assertThat(some.descriptors()[0]).isEqualTo(-Errno.EADDRINUSE);
      open.add(some.descriptors()[1]);
      RuleSockets none = listening.openAll(rule(Protocol.UDP, "127.0.0.1", first, first, true));
      assertThat(none.failure()).isPresent();
    }
  }

  @Test
  void twoListenersForTheSameUdpPortAreRefused() {
    int port = freePorts(1);
    accept(listening.openAll(rule(Protocol.UDP, "127.0.0.1", port, port, false)));
    assertThat(listening.open(rule(Protocol.UDP, "127.0.0.1", port, port, false), port))
        .isEqualTo(-Errno.EADDRINUSE);
  }

  @Test
  void anInterfaceThatDoesNotExistFails() {
    int port = freePorts(1);
    var rule =
        new ForwardRule(
            Protocol.UDP,
            Optional.empty(),
            Optional.of("nonexistent0"),
            port,
            port,
            port,
            Optional.empty(),
            false);
    assertThat(listening.openAll(rule).failure().orElseThrow())
        .contains("[*]%nonexistent0:" + port)
        .contains("ENODEV");
  }

  @Test
  void aUdpListenerHasALargerBufferThanASocketByDefault() throws IOException {
    int port = freePorts(1);
    RuleSockets result = listening.openAll(rule(Protocol.UDP, "127.0.0.1", port, port, false));
    accept(result);
    try (var sender = new DatagramSocket()) {
      // The default buffer, 208 KiB of kernel memory, holds fewer than 300 of these.
      var datagram = new DatagramPacket(new byte[16], 16, InetAddress.getByName("127.0.0.1"), port);
      for (int i = 0; i < 400; i++) {
        sender.send(datagram);
      }
      var memory = new SocketMemory();
      memory.read(host.sockets, result.descriptors()[0]);
      assertThat(memory.drops()).isZero();
    }
  }

  private void accept(RuleSockets result) {
    assertThat(result.failure()).isEmpty();
    for (int fd : result.descriptors()) {
      open.add(fd);
    }
  }

  private static ForwardRule rule(
      Protocol protocol, String bind, int first, int last, boolean bestEffort) {
    return new ForwardRule(
        protocol,
        bind.equals("*") ? Optional.empty() : IpAddress.parse(bind),
        Optional.empty(),
        first,
        last,
        first,
        Optional.empty(),
        bestEffort);
  }

  /** The first of so many ports in a row that nobody uses just now. */
  private static int freePorts(int count) {
    for (int first = 20_000 + (int) (ProcessHandle.current().pid() % 5000); ; first += count) {
      try {
        for (int i = 0; i < count; i++) {
          new ServerSocket(first + i).close();
          new DatagramSocket(first + i).close();
        }
        return first;
      } catch (IOException e) {
        // One of them is in use.
      }
    }
  }
}
