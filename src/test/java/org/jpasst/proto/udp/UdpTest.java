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
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.Message;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.SocketType;
import org.jpasst.net.IpAddress;
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
}
