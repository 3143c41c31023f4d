package org.jpasst.proto.listen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
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
import org.jpasst.proto.socket.LoopbackHost;
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
    listening = host.listeningSockets();
  }

  @AfterEach
  void end() {
    open.forEach(host.sockets::close);
    host.close();
  }

  @Test
  void aRuleWithoutAddressListensForBothFamilies() throws IOException {
    int port = freePorts(1);
    open(rule(Protocol.TCP, "*", port, port, false));
    for (String address : List.of("127.0.0.1", "::1")) {
      try (var client = new Socket(InetAddress.getByName(address), port)) {
        assertThat(client.isConnected()).isTrue();
      }
    }
  }

  @Test
  void anUnspecifiedAddressListensForItsFamilyOnly() {
    int port = freePorts(1);
    open(rule(Protocol.TCP, "::", port, port, false));
    open(rule(Protocol.TCP, "0.0.0.0", port, port, false));
    open(rule(Protocol.UDP, "::", port, port, false));
    open(rule(Protocol.UDP, "0.0.0.0", port, port, false));
    assertThat(open).hasSize(4);
  }

  @Test
  void twoListenersForTheSameUdpPortAreRefused() {
    int port = freePorts(1);
    open(rule(Protocol.UDP, "127.0.0.1", port, port, false));
    assertThat(listening.open(rule(Protocol.UDP, "127.0.0.1", port, port, false), port, false))
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
    assertThat(listening.open(rule, port, false)).isEqualTo(-Errno.ENODEV);
  }

  @Test
  void aUdpListenerHasALargerBufferThanASocketByDefault() throws IOException {
    int port = freePorts(1);
    int fd = open(rule(Protocol.UDP, "127.0.0.1", port, port, false));
    try (var sender = new DatagramSocket()) {
      // The default buffer, 208 KiB of kernel memory, holds fewer than 300 of these.
      var datagram = new DatagramPacket(new byte[16], 16, InetAddress.getByName("127.0.0.1"), port);
      for (int i = 0; i < 400; i++) {
        sender.send(datagram);
      }
      var memory = new SocketMemory();
      memory.read(host.sockets, fd);
      assertThat(memory.drops()).isZero();
    }
  }

  /** Opens the first port of a rule. */
  private int open(ForwardRule rule) {
    int fd = listening.open(rule, rule.first(), false);
    assertThat(fd).isNotNegative();
    open.add(fd);
    return fd;
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
