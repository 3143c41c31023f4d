package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY4;
import static org.jpasst.proto.socket.LoopbackHost.GUEST4;
import static org.jpasst.proto.socket.LoopbackHost.GUEST6;
import static org.jpasst.proto.socket.LoopbackHost.datagram;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.MulticastSocket;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jpasst.lab.LabTest;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.socket.RoutedNetwork;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.IcmpHeader;
import org.jpasst.wire.Icmpv6Header;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** UDP through a network with a router: what can go wrong there, and who answers. */
@LabTest
final class UdpIT {
  private static final int PORT = 40_000;

  private RoutedNetwork network;

  private interface Body {
    void run(UdpGuest guest) throws Exception;
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
          try (UdpGuest guest = new UdpGuest()) {
            body.run(guest);
          }
          return true;
        });
  }

  @Test
  void aRouterOnTheWayShowsItselfToTraceroute() {
    run(
        guest -> {
          guest.send(to(RoutedNetwork.TARGET4, 33434, 2, 0, "probe"));
          Frame error = guest.host.frame();
          assertThat(error.source().getHostAddress()).isEqualTo(RoutedNetwork.ROUTER4.toString());
          assertThat(error.u8(34)).isEqualTo(IcmpHeader.TIME_EXCEEDED);
          assertThat(error.u16(62)).isEqualTo(PORT);
          assertThat(error.u16(64)).isEqualTo(33434);
          guest.send(to(RoutedNetwork.TARGET4, 33434, 3, 0, "probe"));
          Frame last = guest.host.frame();
          assertThat(last.source().getHostAddress()).isEqualTo(RoutedNetwork.TARGET4.toString());
          assertThat(last.u16(34)).isEqualTo(0x0303);
        });
  }

  @Test
  void aRouterOnTheWayShowsItselfOverIpv6() {
    run(
        guest -> {
          guest.send(to(RoutedNetwork.TARGET6, 33434, 2, 0, "probe"));
          Frame error = guest.host.frame();
          assertThat(error.source())
              .isEqualTo(InetAddress.getByName(RoutedNetwork.ROUTER6.toString()));
          assertThat(error.u8(54)).isEqualTo(Icmpv6Header.TIME_EXCEEDED);
        });
  }

  @Test
  void anAbsentNeighbourIsReported() {
    run(
        guest -> {
          guest.send(to(RoutedNetwork.ABSENT4, 4000, 64, 0, "hello"));
          assertThat(guest.host.frame().u16(34)).isEqualTo(0x0301);
          guest.send(to(RoutedNetwork.ABSENT6, 4000, 64, 0, "hello"));
          assertThat(guest.host.frame().u16(54)).isEqualTo(0x0103);
        });
  }

  @Test
  void aDestinationWithoutRouteIsReported() {
    run(
        guest -> {
          guest.send(to(RoutedNetwork.UNROUTED4, 4000, 64, 0, "hello"));
          Frame error = guest.host.frame();
          assertThat(error.u16(34)).isEqualTo(0x0300);
          assertThat(error.source().getHostAddress()).isEqualTo(GATEWAY4.toString());
          guest.send(to(RoutedNetwork.UNROUTED6, 4000, 64, 0, "hello"));
          assertThat(guest.host.frame().u16(54)).isEqualTo(0x0100);
          assertThat(guest.udp.flowCount()).isZero();
        });
  }

  @Test
  void aNarrowLinkIsReportedWithItsMtu() {
    run(
        guest -> {
          String large = "x".repeat(1400);
          guest.send(to(RoutedNetwork.TARGET4, 4000, 64, 0, large));
          Frame error = guest.host.frame();
          assertThat(error.u16(34)).isEqualTo(0x0304);
          assertThat(error.u16(40)).isEqualTo(RoutedNetwork.NARROW_MTU);
          guest.send(to(RoutedNetwork.TARGET6, 4000, 64, 0, large));
          Frame error6 = guest.host.frame();
          assertThat(error6.u16(54)).isEqualTo(Icmpv6Header.PACKET_TOO_BIG << 8);
          assertThat(error6.u32(58)).isEqualTo(RoutedNetwork.NARROW_MTU);
          // RFC 4443 section 2.4 (c): the error itself must fit into 1280 bytes.
          assertThat(error6.length()).isEqualTo(14 + 1280);
        });
  }

  @Test
  void anAnswerToMulticastReachesTheGuestFromWhoeverAnswers() {
    InetAddress group = inet("239.255.255.250");
    MulticastSocket member =
        network.inRouter(
            () -> {
              var socket = new MulticastSocket(1900);
              socket.joinGroup(new InetSocketAddress(group, 0), NetworkInterface.getByName("rh"));
              socket.setSoTimeout(5000);
              return socket;
            });
    run(
        guest -> {
          guest.send(to(IpAddress.parse("239.255.255.250").orElseThrow(), 1900, 2, 0, "M-SEARCH"));
          var search = new DatagramPacket(new byte[100], 100);
          member.receive(search);
          assertThat(search.getPort()).isEqualTo(PORT);
          byte[] here = UdpGuest.bytes("here");
          network.inRouter(
              () -> {
                try (var answer = new DatagramSocket()) {
                  answer.send(new DatagramPacket(here, here.length, search.getSocketAddress()));
                }
                return true;
              });
          Frame answer = guest.host.frame();
          assertThat(UdpGuest.text(answer)).isEqualTo("here");
          assertThat(answer.source().getHostAddress()).isEqualTo(RoutedNetwork.ROUTER4.toString());
          assertThat(answer.destinationPort()).isEqualTo(PORT);
        });
    member.close();
  }

  @Test
  void anAnswerToABroadcastReachesTheGuest() {
    DatagramSocket server =
        network.inRouter(
            () -> {
              var socket = new DatagramSocket(new InetSocketAddress(inet("0.0.0.0"), 4000));
              socket.setSoTimeout(5000);
              return socket;
            });
    run(
        guest -> {
          guest.send(to(IpAddress.parse("192.0.2.255").orElseThrow(), 4000, 64, 0, "anybody"));
          var call = new DatagramPacket(new byte[100], 100);
          server.receive(call);
          byte[] me = UdpGuest.bytes("me");
          server.send(new DatagramPacket(me, me.length, call.getSocketAddress()));
          Frame answer = guest.host.frame();
          assertThat(UdpGuest.text(answer)).isEqualTo("me");
          assertThat(answer.source().getHostAddress()).isEqualTo(RoutedNetwork.ROUTER4.toString());
          assertThat(answer.sourcePort()).isEqualTo(4000);
        });
    server.close();
  }

  @Test
  void answeredDnsQueriesLeaveNoFlowsBehind() {
    run(
        guest -> {
          try (var server = new DatagramSocket(new InetSocketAddress("127.0.0.1", 53))) {
            server.setSoTimeout(5000);
            for (int i = 0; i < 100; i++) {
              ask(guest, PORT + i, i);
              answer(server, receive(server));
              guest.host.frame();
            }
            ask(guest, PORT - 1, 1);
            assertThat(guest.udp.flowCount()).isEqualTo(101);
            guest.host.advance(6, TimeUnit.SECONDS);
            guest.udp.onTick(guest.host.now());
            assertThat(guest.udp.flowCount()).isOne();
          }
        });
  }

  @Test
  void aLateAnswerIsHeardThoughAnEarlierOneCameTwice() {
    run(
        guest -> {
          try (var server = new DatagramSocket(new InetSocketAddress("127.0.0.1", 53))) {
            server.setSoTimeout(5000);
            ask(guest, PORT, 1);
            ask(guest, PORT, 2);
            DatagramPacket first = receive(server);
            DatagramPacket second = receive(server);
            answer(server, first);
            guest.host.frame();
            answer(server, first);
            guest.host.frame();
            guest.host.advance(25, TimeUnit.SECONDS);
            guest.udp.onTick(guest.host.now());
            answer(server, second);
            assertThat(guest.host.frame().payload()).isEqualTo(DnsMessages.answer(2));
          }
        });
  }

  @Test
  void aSessionThatUsesThePortOfDnsLivesAsLongAsAnyOther() {
    run(
        guest -> {
          try (var server = new DatagramSocket(new InetSocketAddress("127.0.0.1", 53))) {
            server.setSoTimeout(5000);
            DatagramPacket client = null;
            for (int i = 0; i < 4; i++) {
              guest.send4(PORT, 53, "hello " + i);
              client = receive(server);
              server.send(client);
              guest.host.frame();
            }
            guest.host.advance(119, TimeUnit.SECONDS);
            guest.udp.onTick(guest.host.now());
            server.send(client);
            assertThat(UdpGuest.text(guest.host.frame())).isEqualTo("hello 3");
          }
        });
  }

  private static void ask(UdpGuest guest, int port, int id) {
    guest.send(datagram(GUEST4, port, LoopbackHost.GATEWAY4, 53, DnsMessages.question(id)));
  }

  private static DatagramPacket receive(DatagramSocket server) throws IOException {
    var packet = new DatagramPacket(new byte[1500], 1500);
    server.receive(packet);
    return packet;
  }

  private static void answer(DatagramSocket server, DatagramPacket question) throws IOException {
    byte[] bytes = question.getData();
    bytes[2] |= (byte) 0x80;
    server.send(question);
  }

  @Test
  void aRemotePeerReachesAForwardedPortAndIsSeenAsItself() {
    Peer peer = network.inTarget(() -> new Peer("0.0.0.0"));
    run(
        guest -> {
          guest.listen(UdpGuest.rule(5001, 53, Optional.empty()));
          peer.send("hello", inet("192.0.2.1"), 5001);
          Frame hello = guest.host.frame();
          assertThat(hello.source().getHostAddress()).isEqualTo(RoutedNetwork.TARGET4.toString());
          assertThat(hello.destinationPort()).isEqualTo(53);
          guest.send(
              datagram(
                  GUEST4, 53, RoutedNetwork.TARGET4, hello.sourcePort(), UdpGuest.bytes("back")));
          DatagramPacket back = peer.receive();
          assertThat(Peer.text(back)).isEqualTo("back");
          assertThat(back.getPort()).isEqualTo(5001);
        });
    peer.close();
  }

  private static Frame to(IpAddress destination, int port, int ttl, int tos, String text) {
    IpAddress source = destination.isIpv4() ? GUEST4 : GUEST6;
    return datagram(source, PORT, destination, port, ttl, tos, UdpGuest.bytes(text));
  }

  private static InetAddress inet(String address) {
    try {
      return InetAddress.getByName(address);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
