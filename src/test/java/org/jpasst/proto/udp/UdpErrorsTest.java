package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY4;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY6;
import static org.jpasst.proto.socket.LoopbackHost.GUEST4;
import static org.jpasst.proto.socket.LoopbackHost.GUEST6;
import static org.jpasst.proto.socket.LoopbackHost.datagram;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.FailingSockets;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the guest is told of datagrams that can't be sent or aren't taken. */
final class UdpErrorsTest {
  private static final int PORT = 40_000;

  private UdpGuest guest;

  @BeforeEach
  void start() throws IOException {
    guest = new UdpGuest();
  }

  @AfterEach
  void end() {
    guest.close();
  }

  @Test
  void aClosedPortIsReportedToTheGuest() throws IOException {
    int closed = Peer.closedPort("127.0.0.1");
    guest.send4(PORT, closed, "is nobody there");
    Frame error = guest.host.frame();
    assertThat(error.protocol()).isEqualTo(Frame.ICMP);
    assertThat(error.source().getHostAddress()).isEqualTo(GATEWAY4.toString());
    assertThat(error.u16(34)).isEqualTo(0x0303);
    assertThat(error.u16(62)).isEqualTo(PORT);
    assertThat(error.u16(64)).isEqualTo(closed);
    assertThat(error.range(70, error.transportEnd())).isEqualTo(UdpGuest.bytes("is nobod"));
  }

  @Test
  void aClosedPortIsReportedOverIpv6() throws IOException {
    int closed = Peer.closedPort("::1");
    guest.send6(PORT, closed, "is nobody there");
    Frame error = guest.host.frame();
    assertThat(error.protocol()).isEqualTo(Frame.ICMPV6);
    assertThat(error.source()).isEqualTo(InetAddress.getByName(GATEWAY6.toString()));
    assertThat(error.u16(54)).isEqualTo(0x0104);
    assertThat(error.range(110, error.transportEnd())).isEqualTo(UdpGuest.bytes("is nobody there"));
  }

  @Test
  void afterAnErrorTheNextDatagramIsStillSent() throws IOException {
    int port = Peer.closedPort("127.0.0.1");
    guest.send4(PORT, port, "lost");
    // Nobody looks at the error before the port is open and the guest sends again.
    try (var peer = new DatagramSocket(port, InetAddress.getByName("127.0.0.1"))) {
      peer.setSoTimeout(5000);
      guest.send4(PORT, port, "found");
      var packet = new DatagramPacket(new byte[100], 100);
      peer.receive(packet);
      assertThat(Peer.text(packet)).isEqualTo("found");
    }
    assertThat(guest.host.frame().protocol()).isEqualTo(Frame.ICMP);
  }

  @Test
  void whatHasNoRouteIsReportedFromTheGateway() throws IOException {
    // Nothing is sent: the kernel's answer is played.
    Sockets sockets = FailingSockets.failing("connect", -Errno.ENETUNREACH);
    try (var unrouted = new UdpGuest(new LoopbackHost(sockets))) {
      IpAddress nowhere = IpAddress.parse("198.51.100.7").orElseThrow();
      unrouted.send(datagram(GUEST4, PORT, nowhere, 4000, UdpGuest.bytes("where")));
      Frame error = unrouted.host.frame();
      assertThat(error.source().getHostAddress()).isEqualTo(GATEWAY4.toString());
      assertThat(error.u16(34)).isEqualTo(0x0300);
      assertThat(error.range(70, error.transportEnd())).isEqualTo(UdpGuest.bytes("where"));
      assertThat(unrouted.host.counters.value(Counter.DROP_UDP_UNREACHABLE)).isOne();
      assertThat(unrouted.udp.flowCount()).isZero();
    }
  }

  @Test
  void whatIsTooLongForTheSocketIsReportedWithAnMtu() throws IOException {
    Sockets sockets = FailingSockets.failing("sendmmsg", -Errno.EMSGSIZE);
    try (var guestOfShortLink = new UdpGuest(new LoopbackHost(sockets))) {
      guestOfShortLink.send4(PORT, 4000, "too long");
      Frame error = guestOfShortLink.host.frame();
      assertThat(error.u16(34)).isEqualTo(0x0304);
      assertThat(error.u16(40)).isEqualTo(65535); // the loopback interface has 65536
    }
  }

  @Test
  void nothingIsReportedOfMulticast() throws IOException {
    Sockets sockets = FailingSockets.failing("sendmmsg", -Errno.ENETUNREACH);
    try (var unrouted = new UdpGuest(new LoopbackHost(sockets))) {
      IpAddress group = IpAddress.parse("ff02::1234").orElseThrow();
      unrouted.send(datagram(GUEST6, PORT, group, 4000, UdpGuest.bytes("everybody")));
      unrouted.host.settle();
      assertThat(unrouted.host.sink.frames()).isEmpty();
      assertThat(unrouted.host.counters.value(Counter.DROP_UDP_SEND)).isOne();
    }
  }

  @Test
  void aRefusedDestinationCostsNoSocketForAWhile() throws IOException {
    var attempts = new AtomicInteger();
    Sockets sockets =
        FailingSockets.failing(
            "connect",
            () -> {
              attempts.incrementAndGet();
              return -Errno.ENETUNREACH;
            });
    try (var unrouted = new UdpGuest(new LoopbackHost(sockets))) {
      IpAddress nowhere = IpAddress.parse("198.51.100.7").orElseThrow();
      for (int i = 0; i < 10; i++) {
        unrouted.send(datagram(GUEST4, PORT + i, nowhere, 4000, UdpGuest.bytes("where")));
        assertThat(unrouted.host.frame().u16(34)).isEqualTo(0x0300);
      }
      assertThat(attempts.get()).isOne();
      unrouted.host.advance(500, TimeUnit.MILLISECONDS);
      unrouted.send(datagram(GUEST4, PORT, nowhere, 4000, UdpGuest.bytes("where")));
      assertThat(attempts.get()).isEqualTo(2);
    }
  }
}
