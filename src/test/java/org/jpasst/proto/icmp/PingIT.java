package org.jpasst.proto.icmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.proto.icmp.EchoGuest.request;
import static org.jpasst.proto.icmp.EchoGuest.request4;
import static org.jpasst.proto.icmp.EchoGuest.request6;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.lab.Await;
import org.jpasst.lab.LabTest;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.Errno;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.FailingSockets;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.socket.RoutedNetwork;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.Ipv4Header;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Echo through real ping sockets, on a host behind which there is a router. */
@LabTest
public final class PingIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  private RoutedNetwork network;

  private interface Body {
    void run(EchoGuest guest) throws Exception;
  }

  @BeforeEach
  void start() {
    network = new RoutedNetwork();
  }

  @AfterEach
  void end() {
    network.close();
  }

  private void run(Body body) {
    network.inHost(
        () -> {
          try (EchoGuest guest = new EchoGuest()) {
            body.run(guest);
          }
          return true;
        });
  }

  @Test
  void theGatewayAnswersWithTheGuestsIdentifier() {
    run(
        guest -> {
          guest.send(request4(0x1234, 1));
          Frame reply = guest.host.frame();
          assertThat(reply.source()).isEqualTo(InetAddress.getByName("192.0.2.2"));
          assertThat(reply.u16(34)).isEqualTo(0);
          assertThat(reply.u16(38)).isEqualTo(0x1234);
          assertThat(reply.u16(40)).isEqualTo(1);
          assertThat(reply.range(42, reply.transportEnd())).isEqualTo(EchoGuest.PAYLOAD);
        });
  }

  @Test
  void theGatewayAnswersOverIpv6() {
    run(
        guest -> {
          guest.send(request6(0x1234, 7));
          Frame reply = guest.host.frame();
          assertThat(reply.source()).isEqualTo(InetAddress.getByName("2001:db8::2"));
          assertThat(reply.u16(54)).isEqualTo(0x8100);
          assertThat(reply.u16(58)).isEqualTo(0x1234);
          assertThat(reply.u16(60)).isEqualTo(7);
          assertThat(reply.range(62, reply.transportEnd())).isEqualTo(EchoGuest.PAYLOAD);
        });
  }

  @Test
  void interleavedIdentifiersGetTheirOwnReplies() {
    run(
        guest -> {
          for (int sequence = 0; sequence < 20; sequence++) {
            for (int id = 1; id <= 10; id++) {
              guest.send(request4(id, sequence));
            }
          }
          boolean[][] seen = new boolean[11][20];
          for (int i = 0; i < 200; i++) {
            Frame reply = guest.host.frame();
            assertThat(seen[reply.u16(38)][reply.u16(40)]).isFalse();
            seen[reply.u16(38)][reply.u16(40)] = true;
          }
          assertThat(guest.ping.flowCount()).isEqualTo(10);
        });
  }

  @Test
  void twoGuestAddressesMayUseTheSameIdentifier() {
    run(
        guest -> {
          guest.send(request4(5, 1));
          IpAddress source = IpAddress.parse("192.0.2.99").orElseThrow();
          guest.send(EchoGuest.request(source, LoopbackHost.GATEWAY4, 64, 5, 2));
          Frame one = guest.host.frame();
          Frame two = guest.host.frame();
          assertThat(guest.ping.flowCount()).isEqualTo(2);
          assertThat(List.of(one.destination(), two.destination()))
              .containsExactlyInAnyOrder(
                  InetAddress.getByName("192.0.2.15"), InetAddress.getByName("192.0.2.99"));
          assertThat(one.u16(38)).isEqualTo(5);
          assertThat(two.u16(38)).isEqualTo(5);
        });
  }

  @Test
  void flowsWithTheSameIdentifierDoNotTakeEachOthersReplies() {
    run(
        guest -> {
          IpAddress other = IpAddress.parse("192.0.2.99").orElseThrow();
          for (int sequence = 0; sequence < 3; sequence++) {
            guest.send(request4(5, sequence));
            guest.send(EchoGuest.request(other, LoopbackHost.GATEWAY4, 64, 5, sequence));
            Frame one = guest.host.frame();
            Frame two = guest.host.frame();
            assertThat(List.of(one.destination(), two.destination()))
                .containsExactlyInAnyOrder(
                    InetAddress.getByName("192.0.2.15"), InetAddress.getByName("192.0.2.99"));
          }
        });
  }

  @Test
  void twoRepliesToOneRequestBothReachTheGuest() {
    int raw = network.inTarget(PingIT::rawIcmp);
    assertThat(raw).isPositive();
    try {
      run(
          guest -> {
            guest.send(request(RoutedNetwork.TARGET4, 64, 5, 7));
            replyTo(raw); // besides the kernel
            for (int i = 0; i < 2; i++) {
              Frame reply = guest.host.frame();
              assertThat(reply.u16(38)).isEqualTo(5);
              assertThat(reply.u16(40)).isEqualTo(7);
            }
          });
    } finally {
      FileDescriptors.close(raw);
    }
  }

  private static int rawIcmp() {
    return new LinuxSockets()
        .socket(AddressFamily.INET, SocketType.RAW | SocketType.NONBLOCK, IpProtocol.ICMP);
  }

  /** Answers the first request that comes. */
  private static void replyTo(int raw) {
    MemorySegment packet = Arena.ofAuto().allocate(1500);
    int[] length = {0};
    Await.until(
        "the request",
        SOON,
        () -> {
          length[0] = FileDescriptors.read(raw, packet, 0, packet.byteSize());
          return length[0] > 0;
        });
    long icmp = Ipv4Header.headerLength(packet, 0);
    int message = length[0] - (int) icmp;
    packet.set(ValueLayout.JAVA_BYTE, icmp, (byte) IcmpHeader.ECHO_REPLY);
    IcmpHeader.fillChecksum(packet, icmp, message);
    var asking = new SocketAddress();
    asking.set(0, IpAddress.mapped(Ipv4Header.source(packet, 0)), 0, 0);
    assertThat(new LinuxSockets().connect(raw, asking)).isZero();
    assertThat(FileDescriptors.write(raw, packet, icmp, message)).isEqualTo(message);
  }

  @Test
  void aFlowEndsOneMinuteAfterItsLastRequest() {
    run(
        guest -> {
          guest.send(request4(1, 1));
          guest.host.frame();
          guest.host.advance(60, TimeUnit.SECONDS);
          guest.ping.onTick(guest.host.now());
          assertThat(guest.ping.flowCount()).isOne();
          guest.host.advance(1, TimeUnit.SECONDS);
          guest.ping.onTick(guest.host.now());
          assertThat(guest.ping.flowCount()).isZero();
          assertThat(guest.stack.flows().size()).isZero();
        });
  }

  @Test
  void repliesWaitForTheGuestWithoutSpinning() {
    run(
        guest -> {
          guest.host.sink.setRoom(0);
          guest.send(request4(1, 1));
          guest.send(request4(1, 2));
          guest.host.await("a turn", () -> guest.host.loop.turn(100) > 0);
          assertThat(guest.host.loop.turn(50)).isZero();
          guest.host.sink.setRoom(10);
          guest.ping.onRoom(guest.host.now());
          assertThat(guest.host.frame().u16(40)).isEqualTo(1);
          assertThat(guest.host.frame().u16(40)).isEqualTo(2);
        });
  }

  @Test
  void aFarHostAnswers() {
    run(
        guest -> {
          guest.send(request(RoutedNetwork.TARGET4, 64, 9, 1));
          assertThat(guest.host.frame().source().getHostAddress()).isEqualTo("198.51.100.7");
          guest.send(request(RoutedNetwork.TARGET6, 64, 9, 1));
          assertThat(guest.host.frame().source())
              .isEqualTo(InetAddress.getByName(RoutedNetwork.TARGET6.toString()));
        });
  }

  @Test
  void aRouterOnTheWayShowsItselfToTraceroute() {
    run(
        guest -> {
          Frame request = request(RoutedNetwork.TARGET4, 2, 0x1234, 5);
          guest.send(request);
          Frame error = guest.host.frame();
          assertThat(error.source().getHostAddress()).isEqualTo(RoutedNetwork.ROUTER4.toString());
          assertThat(error.u8(34)).isEqualTo(IcmpHeader.TIME_EXCEEDED);
          assertThat(error.range(62, 78)).isEqualTo(request.range(34, 50));
          guest.send(request(RoutedNetwork.TARGET4, 3, 0x1234, 6));
          Frame reply = guest.host.frame();
          assertThat(reply.u8(34)).isEqualTo(IcmpHeader.ECHO_REPLY);
          assertThat(reply.u8(22)).as("the TTL that has arrived").isEqualTo(63);
        });
  }

  @Test
  void aRouterOnTheWayShowsItselfOverIpv6() {
    run(
        guest -> {
          Frame request = request(RoutedNetwork.TARGET6, 2, 0x1234, 5);
          guest.send(request);
          Frame error = guest.host.frame();
          assertThat(error.source())
              .isEqualTo(InetAddress.getByName(RoutedNetwork.ROUTER6.toString()));
          assertThat(error.u8(54)).isEqualTo(Icmpv6Header.TIME_EXCEEDED);
          assertThat(error.range(102, error.transportEnd()))
              .isEqualTo(request.range(54, request.length()));
          guest.send(request(RoutedNetwork.TARGET6, 3, 0x1234, 6));
          assertThat(guest.host.frame().u8(21)).as("the hop limit").isEqualTo(63);
        });
  }

  @Test
  void anAbsentNeighbourIsReported() {
    run(
        guest -> {
          Frame request = request(RoutedNetwork.ABSENT4, 64, 0x1234, 5);
          guest.send(request);
          Frame error = guest.host.frame();
          assertThat(error.u16(34)).isEqualTo(0x0301);
          assertThat(error.source()).isEqualTo(InetAddress.getByName("192.0.2.1"));
          assertThat(error.range(62, 78)).isEqualTo(request.range(34, 50));
        });
  }

  @Test
  void aDestinationWithoutRouteIsReported() {
    run(
        guest -> {
          guest.send(request(RoutedNetwork.UNROUTED4, 64, 1, 1));
          assertThat(guest.host.frame().u16(34)).isEqualTo(0x0300);
          guest.send(request(RoutedNetwork.UNROUTED6, 64, 1, 1));
          assertThat(guest.host.frame().u16(54)).isEqualTo(0x0100);
        });
  }

  /** As a firewall of the host's does: EPERM. */
  @Test
  void aRequestThatTheHostRefusesIsCounted() {
    network.inHost(
        () -> {
          try (var guest = new EchoGuest(FailingSockets.failing("send", -Errno.EPERM))) {
            guest.send(request4(1, 1));
            assertThat(guest.host.counters.value(Counter.DROP_PING_SEND)).isOne();
          }
          return true;
        });
  }
}
