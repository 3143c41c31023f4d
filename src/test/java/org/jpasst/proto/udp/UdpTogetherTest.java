package org.jpasst.proto.udp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.linux.ControlBuffer;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Message;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.udp.UdpGuest.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams that a peer's kernel sends together reach the guest as the peer sent them. */
final class UdpTogetherTest {
  private static final int GUEST_PORT = 40_000;
  private static final int SIZE = 1000;
  private static final int LENGTH = 20 * SIZE + 300;
  private static final LinkCapabilities EVERYTHING =
      new LinkCapabilities(true, true, true, true, true);

  private final byte[] payload = new byte[LENGTH];

  UdpTogetherTest() {
    new Random(3).nextBytes(payload);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void eachIsAFrameOfItsOwn(String address) throws IOException {
    try (var guest = new UdpGuest();
        Peer peer = new Peer(address)) {
      answerTogether(guest, peer, address);
      assertThat(payloads(guest, 21)).containsExactlyElementsOf(datagrams());
      assertThat(guest.host.sink.segmentSizes()).allMatch(size -> size == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void aGuestThatCutsThemUpItselfGetsOneFrame(String address) throws IOException {
    try (var guest = new UdpGuest();
        Peer peer = new Peer(address)) {
      guest.host.sink.setCapabilities(EVERYTHING);
      answerTogether(guest, peer, address);
      List<byte[]> payloads = payloads(guest, 1);
      assertThat(payloads.getFirst()).isEqualTo(payload);
      assertThat(guest.host.sink.segmentSizes()).containsExactly(SIZE);
    }
  }

  @Test
  void theRestFollowsWhenThereIsRoomAgain() throws IOException {
    try (var guest = new UdpGuest();
        Peer peer = new Peer("127.0.0.1")) {
      guest.host.sink.setRoom(7);
      answerTogether(guest, peer, "127.0.0.1");
      List<byte[]> payloads = new ArrayList<>(payloads(guest, 7));
      guest.host.sink.setRoom(9);
      guest.udp.onRoom(guest.host.now());
      payloads.addAll(payloads(guest, 9));
      guest.host.sink.setRoom(100);
      guest.udp.onRoom(guest.host.now());
      payloads.addAll(payloads(guest, 5));
      assertThat(payloads).containsExactlyElementsOf(datagrams());
    }
  }

  private List<byte[]> datagrams() {
    List<byte[]> parts = new ArrayList<>();
    for (int at = 0; at < LENGTH; at += SIZE) {
      parts.add(Arrays.copyOfRange(payload, at, Math.min(LENGTH, at + SIZE)));
    }
    return parts;
  }

  private static List<byte[]> payloads(UdpGuest guest, int count) {
    guest.host.await("datagrams", () -> guest.host.sink.frames().size() >= count);
    List<byte[]> payloads = new ArrayList<>();
    while (!guest.host.sink.frames().isEmpty()) {
      payloads.add(guest.host.frame().payload());
    }
    assertThat(payloads).hasSize(count);
    return payloads;
  }

  /** The guest asks, the peer answers with many datagrams by one system call. */
  private void answerTogether(UdpGuest guest, Peer peer, String address) throws IOException {
    if (address.contains(":")) {
      guest.send6(GUEST_PORT, peer.port(), "request");
    } else {
      guest.send4(GUEST_PORT, peer.port(), "request");
    }
    DatagramPacket request = peer.receive();
    int port = peer.port();
    peer.close();
    var sockets = new LinuxSockets();
    boolean ipv6 = address.contains(":");
    int fd = sockets.socket(ipv6 ? 10 : 2, 2, 0);
    IpAddress loopback = IpAddress.parse(address).orElseThrow();
    var own = new SocketAddress();
    own.set(loopback.hi(), loopback.lo(), port, 0);
    // The peer's port, from which the answer has to come.
    assertThat(sockets.bind(fd, own)).isZero();
    Message message = new Message(1, ControlBuffer.capacityFor(Short.BYTES));
    MemorySegment bytes = Arena.global().allocate(LENGTH);
    bytes.copyFrom(MemorySegment.ofArray(payload));
    message.vectors().set(0, bytes, 0, LENGTH);
    message.control().clear();
    long at = message.control().append(SocketLevel.UDP, SocketOption.UDP_SEGMENT, Short.BYTES);
    message.control().memory().set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short) SIZE);
    message.name().set(loopback.hi(), loopback.lo(), request.getPort(), 0);
    message.prepareSend(1);
    assertThat(sockets.sendmsg(fd, message, 0)).isEqualTo(LENGTH);
    sockets.close(fd);
  }
}
