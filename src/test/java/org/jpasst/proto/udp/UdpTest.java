package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY4;
import static org.jpasst.proto.socket.LoopbackHost.GATEWAY6;
import static org.jpasst.proto.socket.LoopbackHost.GUEST4;
import static org.jpasst.proto.socket.LoopbackHost.GUEST6;
import static org.jpasst.proto.socket.LoopbackHost.datagram;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.Errno;
import org.jpasst.linux.Message;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.socket.FailingSockets;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Cut;
import org.jpasst.vectors.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** UDP of the guest against programs on the host's loopback. */
class UdpTest {
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
  void aRequestGetsItsAnswer() throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      guest.send4(PORT, peer.port(), "question");
      DatagramPacket request = peer.receive();
      peer.answer(request, "answer");
      Frame answer = guest.host.frame();
      assertThat(Peer.text(request)).isEqualTo("question");
      assertThat(request.getPort()).isEqualTo(PORT);
      assertThat(UdpGuest.text(answer)).isEqualTo("answer");
      assertThat(answer.source().getHostAddress()).isEqualTo(GATEWAY4.toString());
      assertThat(answer.destination().getHostAddress()).isEqualTo(GUEST4.toString());
      assertThat(answer.sourcePort()).isEqualTo(peer.port());
      assertThat(answer.destinationPort()).isEqualTo(PORT);
    }
  }

  @Test
  void aRequestGetsItsAnswerOverIpv6() throws IOException {
    try (Peer peer = new Peer("::1")) {
      guest.send6(PORT, peer.port(), "question");
      DatagramPacket request = peer.receive();
      peer.answer(request, "answer");
      Frame answer = guest.host.frame();
      assertThat(request.getPort()).isEqualTo(PORT);
      assertThat(UdpGuest.text(answer)).isEqualTo("answer");
      assertThat(answer.source()).isEqualTo(InetAddress.getByName(GATEWAY6.toString()));
      assertThat(answer.destinationPort()).isEqualTo(PORT);
    }
  }

  @Test
  void emptyAndLargestDatagramsPassBothWays() throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      guest.send4(PORT, peer.port(), "");
      DatagramPacket empty = peer.receive();
      String large = "x".repeat(65_507);
      guest.send4(PORT, peer.port(), large);
      DatagramPacket largest = peer.receive();
      peer.answer(empty, "");
      peer.answer(largest, large);
      assertThat(empty.getLength()).isZero();
      assertThat(largest.getLength()).isEqualTo(large.length());
      assertThat(guest.host.frame().payload()).isEmpty();
      List<Frame> fragments = new ArrayList<>();
      for (int i = 0; i < 45; i++) {
        fragments.add(guest.host.frame());
      }
      assertThat(UdpGuest.text(Cut.together(fragments))).isEqualTo(large);
    }
  }

  @Test
  void datagramsOfOneBatchArriveInOrderWhateverTheirFlow() throws IOException {
    try (Peer one = new Peer("127.0.0.1");
        Peer two = new Peer("127.0.0.1")) {
      for (int i = 0; i < 200; i++) {
        int port = i % 2 == 0 ? one.port() : two.port();
        guest.show(datagram(GUEST4, PORT, GATEWAY4, port, UdpGuest.bytes("number " + i)));
      }
      guest.endBatch();
      for (int i = 0; i < 200; i++) {
        assertThat((i % 2 == 0 ? one : two).receiveText()).isEqualTo("number " + i);
      }
      assertThat(guest.udp.flowCount()).isEqualTo(2);
    }
  }

  @Test
  void twoGuestAddressesWithTheSamePortGetTheirOwnAnswers() throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      IpAddress other = IpAddress.parse("192.0.2.16").orElseThrow();
      guest.send(datagram(GUEST4, PORT, GATEWAY4, peer.port(), UdpGuest.bytes("one")));
      guest.send(datagram(other, PORT, GATEWAY4, peer.port(), UdpGuest.bytes("two")));
      DatagramPacket one = peer.receive();
      DatagramPacket two = peer.receive();
      peer.answer(two, "for two");
      Frame second = guest.host.frame();
      peer.answer(one, "for one");
      Frame first = guest.host.frame();
      assertThat(UdpGuest.text(first)).isEqualTo("for one");
      assertThat(first.destination().getHostAddress()).isEqualTo(GUEST4.toString());
      assertThat(UdpGuest.text(second)).isEqualTo("for two");
      assertThat(second.destination().getHostAddress()).isEqualTo(other.toString());
      assertThat(second.destinationPort()).isEqualTo(PORT);
    }
  }

  /** As from a guest that its device lets send such ones uncut (HOST_UFO, virtio 1.3, 5.1.3). */
  @Test
  void aDatagramOfAnyLengthWhoseChecksumIsLeftToBeMadeIsSentAsOne() throws IOException {
    try (Peer peer = new Peer("127.0.0.1");
        Peer peer6 = new Peer("::1")) {
      for (int length : new int[] {0, 1, 1472, 1473, 20_001, 65_400}) {
        byte[] payload = new byte[length];
        new SplittableRandom(length).nextBytes(payload);
        guest.send(datagram(GUEST4, PORT, GATEWAY4, peer.port(), payload).withPartialChecksum());
        guest.send(datagram(GUEST6, PORT, GATEWAY6, peer6.port(), payload).withPartialChecksum());
        for (Peer each : List.of(peer, peer6)) {
          DatagramPacket packet = each.receive();
          assertThat(Arrays.copyOf(packet.getData(), packet.getLength())).isEqualTo(payload);
        }
      }
    }
  }

  @Test
  void badDatagramsAreCountedAndDropped() throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      Frame good = datagram(GUEST4, PORT, GATEWAY4, peer.port(), UdpGuest.bytes("payload"));
      int udp = good.transportAt();
      guest.send(good.with(udp + 4, (byte) 0, (byte) 7));
      guest.send(good.with(udp + 4, (byte) 0xff, (byte) 0xff));
      guest.send(good.with(udp + 8, (byte) 'P'));
      guest.send(good.with(udp + 2, (byte) 0, (byte) 0).withTransportChecksum());
      guest.send(good.with(udp, (byte) 0, (byte) 0).withTransportChecksum());
      Frame good6 = datagram(GUEST6, PORT, GATEWAY6, peer.port(), UdpGuest.bytes("payload"));
      guest.send(good6.with(good6.transportAt() + 6, (byte) 0, (byte) 0));
      assertThat(guest.udp.flowCount()).isZero();
      assertThat(guest.host.counters.value(Counter.DROP_UDP_HEADER)).isEqualTo(4);
      assertThat(guest.host.counters.value(Counter.DROP_UDP_CHECKSUM)).isEqualTo(2);
      guest.send(good.with(udp + 6, (byte) 0, (byte) 0));
      assertThat(peer.receiveText()).isEqualTo("payload");
    }
  }

  @Test
  void aClosedPortIsReportedToTheGuest() throws IOException {
    int closed = closedPort("127.0.0.1");
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
    int closed = closedPort("::1");
    guest.send6(PORT, closed, "is nobody there");
    Frame error = guest.host.frame();
    assertThat(error.protocol()).isEqualTo(Frame.ICMPV6);
    assertThat(error.source()).isEqualTo(InetAddress.getByName(GATEWAY6.toString()));
    assertThat(error.u16(54)).isEqualTo(0x0104);
    assertThat(error.range(110, error.transportEnd())).isEqualTo(UdpGuest.bytes("is nobody there"));
  }

  @Test
  void afterAnErrorTheNextDatagramIsStillSent() throws IOException {
    int port = closedPort("127.0.0.1");
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
  void aFlowEndsWithItsTimeOut() throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      guest.send4(PORT, peer.port(), "question");
      tickAfter(30);
      assertThat(guest.udp.flowCount()).isOne();
      tickAfter(1);
      assertThat(guest.udp.flowCount()).isZero();
      assertThat(guest.stack.flows().size()).isZero();
      peer.receive();
      guest.send4(PORT, peer.port(), "again");
      DatagramPacket again = peer.receive();
      assertThat(again.getPort()).isEqualTo(PORT);
    }
  }

  @Test
  void aStreamLivesLonger() throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      guest.send4(PORT, peer.port(), "one");
      peer.answer(peer.receive(), "answer");
      guest.host.frame();
      guest.send4(PORT, peer.port(), "two");
      tickAfter(120);
      assertThat(guest.udp.flowCount()).isOne();
      tickAfter(1);
      assertThat(guest.udp.flowCount()).isZero();
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

  @Test
  void answersWaitForTheGuestWithoutSpinning() throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      guest.send4(PORT, peer.port(), "question");
      DatagramPacket request = peer.receive();
      guest.host.sink.setRoom(0);
      for (int i = 0; i < 50; i++) {
        peer.answer(request, "answer " + i);
      }
      guest.host.await("a turn", () -> guest.host.loop.turn(100) > 0);
      assertThat(guest.host.loop.turn(50)).isZero();
      // Room for a few: what was read beyond is kept.
      guest.host.sink.setRoom(5);
      guest.udp.onRoom(guest.host.now());
      assertThat(guest.host.sink.frames()).hasSize(5);
      assertThat(guest.host.loop.turn(50)).isZero();
      guest.host.sink.setRoom(Integer.MAX_VALUE);
      guest.udp.onRoom(guest.host.now());
      for (int i = 0; i < 50; i++) {
        assertThat(UdpGuest.text(guest.host.frame())).isEqualTo("answer " + i);
      }
      assertThat(guest.host.sink.isLending()).isFalse();
    }
  }

  @Test
  void keptAnswersOfAFlowThatEndedAreForgotten() throws IOException {
    try (Peer peer = new Peer("127.0.0.1")) {
      guest.send4(PORT, peer.port(), "question");
      DatagramPacket request = peer.receive();
      peer.answer(request, "one");
      peer.answer(request, "two");
      guest.host.sink.setRoom(1);
      guest.host.await("a frame", () -> !guest.host.sink.frames().isEmpty());
      guest.host.sink.clear();
      tickAfter(121);
      guest.host.sink.setRoom(10);
      guest.udp.onRoom(guest.host.now());
      assertThat(guest.host.sink.frames()).isEmpty();
      guest.send4(PORT, peer.port(), "question");
      peer.answer(peer.receive(), "three");
      assertThat(UdpGuest.text(guest.host.frame())).isEqualTo("three");
    }
  }

  @Test
  void ttlAndServiceOfTheGuestAreKept() {
    int peer = guest.host.sockets.socket(AddressFamily.INET, SocketType.DGRAM, 0);
    var address = new SocketAddress();
    address.set(0, IpAddress.LOOPBACK4.lo(), 0, 0);
    guest.host.sockets.bind(peer, address);
    guest.host.sockets.getsockname(peer, address);
    guest.host.sockets.setsockopt(peer, SocketLevel.IP, SocketOption.IP_RECVTTL, 1);
    guest.host.sockets.setsockopt(peer, SocketLevel.IP, SocketOption.IP_RECVTOS, 1);
    guest.show(datagram(GUEST4, PORT, GATEWAY4, address.port(), 7, 0xb8, UdpGuest.bytes("a")));
    guest.show(datagram(GUEST4, PORT, GATEWAY4, address.port(), 9, 0x01, UdpGuest.bytes("b")));
    guest.show(datagram(GUEST4, PORT, GATEWAY4, address.port(), 7, 0xb8, UdpGuest.bytes("c")));
    guest.endBatch();
    assertThat(headerFields(peer)).isEqualTo("a 7 184");
    assertThat(headerFields(peer)).isEqualTo("b 9 1");
    assertThat(headerFields(peer)).isEqualTo("c 7 184");
    guest.host.sockets.close(peer);
  }

  private String headerFields(int peer) {
    var message = new Message(1, ControlBuffer.capacityFor(4, 4));
    MemorySegment payload = Arena.global().allocate(1);
    message.vectors().set(0, payload, 0, 1);
    message.prepareReceive(1);
    guest.host.sockets.recvmsg(peer, message, 0);
    ControlBuffer control = message.control();
    long tosAt = control.find(SocketLevel.IP, SocketOption.IP_TOS, 1);
    return (char) payload.get(ValueLayout.JAVA_BYTE, 0)
        + " "
        + control.findInt(SocketLevel.IP, SocketOption.IP_TTL, -1)
        + " "
        + (control.memory().get(ValueLayout.JAVA_BYTE, tosAt) & 0xff);
  }

  @Test
  void aForwardedPortReachesTheGuestAndBack() throws IOException {
    int port = closedPort("127.0.0.1");
    assertThat(guest.listen(UdpGuest.rule(port, 53, Optional.empty()))).isEmpty();
    try (Peer four = new Peer("127.0.0.1");
        Peer six = new Peer("::1")) {
      four.send("hello", InetAddress.getByName("127.0.0.1"), port);
      Frame hello = guest.host.frame();
      six.send("hello", InetAddress.getByName("::1"), port);
      Frame hello6 = guest.host.frame();
      assertThat(hello.source().getHostAddress()).isEqualTo(GATEWAY4.toString());
      assertThat(hello.sourcePort()).isEqualTo(four.port());
      assertThat(hello.destination().getHostAddress()).isEqualTo(GUEST4.toString());
      assertThat(hello.destinationPort()).isEqualTo(53);
      assertThat(hello6.source()).isEqualTo(InetAddress.getByName(GATEWAY6.toString()));
      guest.send4(53, four.port(), "well");
      guest.send6(53, six.port(), "come");
      DatagramPacket answer = four.receive();
      assertThat(Peer.text(answer)).isEqualTo("well");
      assertThat(answer.getPort()).isEqualTo(port);
      assertThat(six.receiveText()).isEqualTo("come");
      four.send("more", InetAddress.getByName("127.0.0.1"), port);
      assertThat(UdpGuest.text(guest.host.frame())).isEqualTo("more");
      assertThat(guest.udp.flowCount()).isEqualTo(2);
    }
    guest.stopListening();
  }

  @Test
  void aFlowOutlivesItsRuleAndThePortIsHadAgain() throws IOException {
    int port = closedPort("127.0.0.1");
    assertThat(guest.listen(UdpGuest.rule(port, 53, Optional.empty()))).isEmpty();
    try (Peer peer = new Peer("127.0.0.1");
        Peer another = new Peer("127.0.0.1")) {
      peer.send("hello", InetAddress.getByName("127.0.0.1"), port);
      guest.host.frame();
      guest.stopListening();
      guest.send4(53, peer.port(), "still");
      assertThat(peer.receiveText()).isEqualTo("still");
      peer.send("here", InetAddress.getByName("127.0.0.1"), port);
      assertThat(UdpGuest.text(guest.host.frame())).isEqualTo("here");

      assertThat(guest.listen(UdpGuest.rule(port, 54, Optional.empty()))).isEmpty();
      another.send("new", InetAddress.getByName("127.0.0.1"), port);
      assertThat(guest.host.frame().destinationPort()).isEqualTo(54);
      assertThat(guest.listen(UdpGuest.rule(port, 55, Optional.empty()))).isEmpty();
      peer.send("old", InetAddress.getByName("127.0.0.1"), port);
      assertThat(guest.host.frame().destinationPort()).isEqualTo(53);
      assertThat(guest.udp.flowCount()).isEqualTo(2);
    }
  }

  @Test
  void answersComeFromTheAddressThatWasAsked() throws IOException {
    int port = closedPort("127.0.0.5");
    guest.listen(UdpGuest.rule(port, port, Optional.empty()));
    try (Peer peer = new Peer("127.0.0.1")) {
      peer.send("hello", InetAddress.getByName("127.0.0.5"), port);
      guest.host.frame();
      guest.send4(port, peer.port(), "answer");
      assertThat(peer.receive().getAddress()).isEqualTo(InetAddress.getByName("127.0.0.5"));
    }
  }

  @Test
  void manyPeersAtOnceGetFlowsOfTheirOwn() throws IOException {
    int port = closedPort("127.0.0.1");
    guest.listen(UdpGuest.rule(port, port, Optional.empty()));
    var peers = new Peer[40];
    try {
      for (int i = 0; i < peers.length; i++) {
        peers[i] = new Peer("127.0.0.1");
      }
      for (int round = 0; round < 3; round++) {
        for (Peer peer : peers) {
          peer.send("" + round, InetAddress.getByName("127.0.0.1"), port);
        }
      }
      int[] rounds = new int[65536];
      for (int i = 0; i < 3 * peers.length; i++) {
        Frame frame = guest.host.frame();
        assertThat(UdpGuest.text(frame)).isEqualTo("" + rounds[frame.sourcePort()]++);
      }
      assertThat(guest.udp.flowCount()).isEqualTo(peers.length);
      for (Peer peer : peers) {
        guest.send4(port, peer.port(), "for " + peer.port());
        assertThat(peer.receiveText()).isEqualTo("for " + peer.port());
      }
    } finally {
      for (Peer peer : peers) {
        peer.close();
      }
    }
  }

  @Test
  void peersTheGuestCannotTellApartGetDifferentPorts() throws IOException {
    int port = closedPort("127.0.0.1");
    guest.listen(UdpGuest.rule(port, port, Optional.empty()));
    try (Peer one = new Peer("127.0.0.8");
        var two = new DatagramSocket(one.port(), InetAddress.getByName("127.0.0.9"))) {
      two.setSoTimeout(5000);
      one.send("one", InetAddress.getByName("127.0.0.1"), port);
      Frame first = guest.host.frame();
      two.send(
          new DatagramPacket(UdpGuest.bytes("two"), 3, InetAddress.getByName("127.0.0.1"), port));
      Frame second = guest.host.frame();
      assertThat(second.source()).isEqualTo(first.source());
      assertThat(second.sourcePort()).isNotEqualTo(first.sourcePort());
      guest.send4(port, second.sourcePort(), "for two");
      var answer = new DatagramPacket(new byte[100], 100);
      two.receive(answer);
      assertThat(Peer.text(answer)).isEqualTo("for two");
    }
  }

  @Test
  void datagramsForAnUnconnectedGuestWaitAtTheListener() throws IOException {
    int port = closedPort("127.0.0.1");
    guest.listen(UdpGuest.rule(port, port, Optional.empty()));
    guest.host.sink.setRoom(0);
    try (Peer peer = new Peer("127.0.0.1")) {
      for (int i = 0; i < 100; i++) {
        peer.send("number " + i, InetAddress.getByName("127.0.0.1"), port);
      }
      guest.host.await("a turn", () -> guest.host.loop.turn(100) > 0);
      assertThat(guest.host.loop.turn(50)).isZero();
      assertThat(guest.udp.flowCount()).isZero();
      guest.host.sink.setRoom(Integer.MAX_VALUE);
      guest.udp.onRoom(guest.host.now());
      for (int i = 0; i < 100; i++) {
        assertThat(UdpGuest.text(guest.host.frame())).isEqualTo("number " + i);
      }
      assertThat(guest.udp.flowCount()).isOne();
    }
  }

  @Test
  void aTakenPortIsNamed() throws IOException {
    try (Peer taken = new Peer("127.0.0.1")) {
      IpAddress address = IpAddress.LOOPBACK4;
      Optional<String> failure =
          guest.listen(UdpGuest.rule(taken.port(), 53, Optional.of(address)));
      assertThat(failure.orElseThrow()).contains("127.0.0.1").contains("" + taken.port());
    }
  }

  @Test
  void aPortThatTheHostUsesDoesNotKeepTheGuestFromUsingIt() throws IOException {
    try (Peer peer = new Peer("127.0.0.1");
        Peer taken = new Peer("0.0.0.0")) {
      guest.send4(taken.port(), peer.port(), "question");
      DatagramPacket request = peer.receive();
      assertThat(request.getPort()).isNotEqualTo(taken.port());
      peer.answer(request, "answer");
      assertThat(guest.host.frame().destinationPort()).isEqualTo(taken.port());
    }
  }

  private void tickAfter(int seconds) {
    guest.host.advance(seconds, TimeUnit.SECONDS);
    guest.udp.onTick(guest.host.now());
    guest.host.settle();
  }

  private static int closedPort(String address) throws IOException {
    try (Peer peer = new Peer(address)) {
      return peer.port();
    }
  }
}
