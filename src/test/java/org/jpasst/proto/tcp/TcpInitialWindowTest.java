package org.jpasst.proto.tcp;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is sent in the first flight: RFC 6928, where the guest's link can lose it. */
@Timeout(60)
final class TcpInitialWindowTest {
  private static final int MSS = 1460;

  private ScriptedGuest guest;
  private ServerSocket server;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
    guest.windowScale = 4; // 1 MiB
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    guest.close();
    server.close();
  }

  /** A connection whose peer has sent much; its first flight. */
  private List<Segment> firstFlight() throws IOException {
    guest.connect(server.getLocalPort());
    Socket peer = server.accept();
    peer.getOutputStream().write(new byte[200_000]);
    guest.settle();
    return guest.received();
  }

  private static int bytes(List<Segment> segments) {
    return segments.stream().mapToInt(each -> each.payload().length).sum();
  }

  @Test
  void tenSegmentsAreTheFirstFlightWhereTheyCanBeLost() throws IOException {
    guest.sink.setLossy(true);
    assertThat(firstFlight()).hasSize(10).allMatch(each -> each.payload().length == MSS);
  }

  @Test
  void eachFlightIsTwiceTheLastUntilTheWindowIsTheLimit() throws IOException {
    guest.sink.setLossy(true);
    int flight = bytes(firstFlight());
    for (int round = 0; round < 2; round++) {
      guest.expected += flight;
      guest.send(TcpHeader.ACK, "");
      int next = bytes(guest.received());
      assertThat(next).isEqualTo(2 * flight);
      flight = next;
    }
  }

  @Test
  void oneSegmentIsTheFirstFlightWhereTheHandshakeWasRepeated() throws IOException {
    guest.sink.setLossy(true);
    guest.peerPort = server.getLocalPort();
    guest.sendSyn();
    guest.expected = guest.expect().sequence() + 1;
    guest.advance(SECONDS.toNanos(1) + MILLISECONDS.toNanos(5));
    guest.received();
    guest.send(TcpHeader.ACK, "");
    try (Socket peer = server.accept()) {
      peer.getOutputStream().write(new byte[200_000]);
      guest.settle();
      assertThat(guest.received()).singleElement().matches(each -> each.payload().length == MSS);
    }
  }

  @Test
  void theGuestsWindowIsTheOnlyLimitWhereNothingIsLost() throws IOException {
    assertThat(bytes(firstFlight())).isGreaterThan(20 * MSS);
  }
}
