package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Objects;
import org.jpasst.linux.AddressFamily;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.stats.Counter;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More connections to forwarded ports than the guest answers. */
@Timeout(120)
final class TcpInboundFloodTest {
  /** What {@link DescriptorReserve} keeps back. */
  private static final int RESERVED = 32;

  /** Of RFC 2544's network for tests, 198.18.0.0/15. */
  private static final int FIRST_PEER = 198 << 24 | 18 << 16;

  private static final int PEERS = 1 << 17;
  private static final int FLOOD = 100_000;

  private final LinuxSockets sockets = new LinuxSockets();
  private int most;
  private ScriptedGuest guest;

  @BeforeEach
  void open() throws IOException {
    most = 128 + Objects.requireNonNull(new File("/proc/self/fd").list()).length;
    var descriptors = new DescriptorReserve(4 * most + RESERVED, Log.none());
    guest = new ScriptedGuest(sockets, ScriptedGuest.configuration(1500), descriptors);
  }

  @AfterEach
  void close() {
    guest.close();
  }

  /** A peer's connection, accepted for the guest, which doesn't answer it. */
  private void attempt(int peer, int port) {
    int type = SocketType.STREAM | SocketType.NONBLOCK | SocketType.CLOEXEC;
    int fd = sockets.socket(AddressFamily.INET, type, 0);
    guest.accepted(fd, IpAddress.ofIpv4(FIRST_PEER + peer), port);
    guest.sink.clear();
    if (port % 64 == 0) {
      guest.settle();
    }
  }

  /** The SYN of the client that has connected last, among what the guest is told of others. */
  private Segment synOf(int port) {
    return guest.received().stream()
        .filter(each -> each.flags() == TcpHeader.SYN && each.sourcePort() == port)
        .findFirst()
        .orElseThrow();
  }

  private void accept(Segment syn) {
    guest.peerPort = syn.sourcePort();
    guest.expected = syn.sequence() + 1;
    byte[] none = new byte[0];
    guest.segment(TcpHeader.SYN | TcpHeader.ACK, guest.sequence++, guest.expected, none, none);
    guest.flush();
  }

  private void assertExchanges(Socket client, Segment syn) throws IOException {
    guest.peerPort = syn.sourcePort();
    guest.send(TcpHeader.ACK, "hello");
    assertThat(client.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
  }

  @Test
  void aClientGetsThroughWhileManyPeersAreLeftUnanswered() throws IOException {
    Socket client = null;
    Segment syn = null;
    for (int i = 0; i < FLOOD; i++) {
      attempt(i % PEERS, 1024 + i % 60_000);
      if (i == FLOOD / 2) {
        guest.settle();
        guest.sink.clear();
        client = guest.connectClient();
        syn = synOf(guest.peerPort);
        accept(syn);
      }
    }
    assertThat(guest.flows.size()).isBetween(most, most + 1);
    assertThat(guest.counters.value(Counter.TCP_HALF_OPEN)).isEqualTo(FLOOD - most);
    assertThat(guest.counters.value(Counter.DROP_NO_SOCKET)).isZero();
    assertExchanges(client, syn);
    client.close();
  }

  @Test
  void aPeerThatHasMoreThanHalfGetsNoMoreAndOthersDo() throws IOException {
    int port = 1024;
    for (int i = 0; i < 2 * most; i++) {
      attempt(0, port++);
    }
    guest.settle();
    guest.sink.clear();
    assertThat(guest.flows.size()).isEqualTo(most);
    // The client waits for an answer meanwhile, and isn't the one that makes room.
    Socket client = guest.connectClient();
    Segment syn = synOf(guest.peerPort);
    for (int i = 0; i < 2 * most; i++) {
      attempt(0, port++);
    }
    accept(syn);
    assertExchanges(client, syn);
    client.close();
  }

  @Test
  void theOldestIsResetForBothWhenAnotherPeerComes() throws IOException {
    try (Socket oldest = guest.connectClient()) {
      Segment syn = guest.expect();
      for (int i = 1; i < most; i++) {
        attempt(i, 1024 + i);
      }
      assertThat(guest.flows.size()).isEqualTo(most);
      try (Socket newest =
          guest.connectClient(new InetSocketAddress(InetAddress.getByName("127.0.0.2"), 0))) {
        assertThat(guest.received())
            .anyMatch(each -> each.has(TcpHeader.RST) && each.sourcePort() == syn.sourcePort());
        assertThatThrownBy(() -> oldest.getInputStream().read())
            .isInstanceOf(SocketException.class);
        assertThat(guest.flows.size()).isEqualTo(most);
        assertThat(newest.isConnected()).isTrue();
      }
    }
  }
}
