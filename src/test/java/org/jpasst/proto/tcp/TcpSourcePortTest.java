package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jpasst.config.ChangedConfiguration;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv4Settings;
import org.jpasst.config.Outbound;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which ports the guest's connections come from on the host, with {@code --preserve-ports}. */
@Timeout(60)
final class TcpSourcePortTest {
  /** Nobody else's connections come from there, or have of late: TIME-WAIT lasts a minute. */
  private final String source = "127.%d.%d.%d".formatted(any(), any(), any());

  private ScriptedGuest guest;

  @BeforeEach
  void open() throws IOException {
    Configuration usual = ScriptedGuest.configuration(1500);
    Ipv4Settings ipv4 = usual.ipv4().orElseThrow();
    guest =
        start(
            ChangedConfiguration.from(usual)
                .ipv4(
                    Optional.of(
                        from(ipv4, new Outbound(IpAddress.parse(source), Optional.empty()))))
                .preservePorts(true)
                .get());
  }

  private static int any() {
    return RandomGenerator.getDefault().nextInt(1, 255);
  }

  private static ScriptedGuest start(Configuration configuration) throws IOException {
    return new ScriptedGuest(new LinuxSockets(), configuration, DescriptorReserve.none());
  }

  private static Ipv4Settings from(Ipv4Settings given, Outbound outbound) {
    return new Ipv4Settings(
        given.assigned(),
        given.prefixLength(),
        given.gateway(),
        given.template(),
        given.resolvers(),
        given.translation(),
        outbound);
  }

  @AfterEach
  void close() {
    guest.close();
  }

  /** The port that the peer sees, of a connection that works. */
  private int connected(ServerSocket server) throws IOException {
    guest.connect(server.getLocalPort());
    try (Socket peer = server.accept()) {
      guest.send(TcpHeader.ACK, "hello");
      assertThat(peer.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
      guest.send(TcpHeader.FIN | TcpHeader.ACK, ""); // TIME-WAIT is the host's
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
      return peer.getPort();
    }
  }

  private ServerSocket other() throws IOException {
    return new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @Test
  void aFreePortIsKept() throws IOException {
    assertThat(connected(guest.server)).isEqualTo(ScriptedGuest.PORT);
  }

  @Test
  void aPortThatAProgramOfTheHostHasIsNot() throws IOException {
    try (var _ = new ServerSocket(ScriptedGuest.PORT, 1, InetAddress.getByName(source))) {
      assertThat(connected(guest.server)).isNotEqualTo(ScriptedGuest.PORT);
    }
  }

  @Test
  void anotherConnectionFromTheSamePortAndOneAfterItGetThrough() throws IOException {
    try (ServerSocket second = other()) {
      guest.connect(guest.server.getLocalPort());
      try (Socket first = guest.server.accept()) {
        assertThat(first.getPort()).isEqualTo(ScriptedGuest.PORT);
        int port = guest.peerPort;
        int sequence = guest.sequence;
        int expected = guest.expected;
        assertThat(connected(second)).isNotEqualTo(ScriptedGuest.PORT);
        guest.received();
        guest.peerPort = port;
        guest.sequence = sequence;
        guest.expected = expected;
        guest.send(TcpHeader.FIN | TcpHeader.ACK, "");
        assertThat(first.getInputStream().read()).isEqualTo(-1);
      }
      guest.expectText();
      guest.expected++;
      guest.send(TcpHeader.ACK, "");
      // The host remembers the first one's numbers, but the guest may use them again.
      guest.sequence += 1_000_000;
      assertThat(connected(guest.server)).isPositive();
    }
  }

  @Test
  void aPortIsNotConnectedToItself() throws IOException {
    guest.close();
    Configuration usual = ScriptedGuest.configuration(1500);
    guest = start(ChangedConfiguration.from(usual).preservePorts(true).get());
    guest.peerPort = ScriptedGuest.PORT;
    guest.sendSyn();
    assertThat(guest.expect().flags()).isEqualTo(TcpHeader.RST | TcpHeader.ACK);
  }
}
