package org.jpasst.proto.tcp;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long a guest that doesn't answer is asked: RFC 9293 section 3.8.3. */
@Timeout(60)
final class TcpRetransmissionLimitTest {
  private static final int ACK = TcpHeader.ACK;
  private static final long TICK = MILLISECONDS.toNanos(100);

  @AutoClose private ScriptedGuest guest;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
  }

  /** Lets time pass until the guest is reset; answers how many seconds that took. */
  private long secondsUntilReset() {
    long begin = guest.now();
    while (guest.now() - begin < SECONDS.toNanos(3600)) {
      guest.advance(TICK);
      if (guest.received().stream().anyMatch(each -> each.has(TcpHeader.RST))) {
        return NANOSECONDS.toSeconds(guest.now() - begin);
      }
    }
    throw new AssertionError("not reset within an hour");
  }

  @Test
  void dataIsRepeatedForAtLeastAHundredSeconds() throws IOException {
    try (Socket peer = guest.connected()) {
      peer.getOutputStream().write("lost".getBytes());
      guest.expectText();
      // As a Linux guest's own peers do with tcp_retries2 = 15.
      assertThat(secondsUntilReset()).isBetween(900L, 1300L);
      assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
      assertThat(guest.flows.size()).isZero();
    }
  }

  @Test
  void aFinIsRepeatedAsLongAsData() throws IOException {
    try (Socket peer = guest.connected()) {
      peer.shutdownOutput();
      assertThat(guest.expectText().has(TcpHeader.FIN)).isTrue();
      assertThat(secondsUntilReset()).isBetween(900L, 1300L);
    }
  }

  @Test
  void aSynIsRepeatedForAtLeastThreeMinutes() throws IOException {
    try (Socket client = guest.connectClient()) {
      assertThat(guest.expect().flags()).isEqualTo(TcpHeader.SYN);
      assertThat(secondsUntilReset()).isBetween(180L, 300L);
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
      assertThat(guest.flows.size()).isZero();
    }
  }

  @Test
  void aSynAckIsRepeatedForAtLeastThreeMinutes() throws IOException {
    guest.peerPort = guest.server.getLocalPort();
    guest.sendSyn();
    assertThat(guest.expect().flags()).isEqualTo(TcpHeader.SYN | ACK);
    assertThat(secondsUntilReset()).isBetween(180L, 300L);
    assertThat(guest.flows.size()).isZero();
  }

  @Test
  void anAnswerBeginsTheCountAnew() throws IOException {
    try (Socket peer = guest.connected()) {
      peer.getOutputStream().write("first".getBytes());
      guest.expectText();
      guest.advance(SECONDS.toNanos(800));
      guest.received();
      guest.expected += "first".length();
      guest.send(ACK, "");
      peer.getOutputStream().write("second".getBytes());
      guest.expectText();
      assertThat(secondsUntilReset()).isGreaterThan(200);
    }
  }

  @Test
  void aClosedWindowIsProbedForAsLongAsTheGuestAnswers() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.window = 0;
      guest.send(ACK, "");
      peer.getOutputStream().write("waits".getBytes());
      guest.settle();
      for (int hours = 0; hours < 100; hours++) {
        for (int i = 0; i < 30; i++) {
          guest.advance(SECONDS.toNanos(121));
          assertThat(guest.expect().payload()).hasSize(1);
          guest.send(ACK, "");
        }
      }
      guest.window = 1000;
      guest.send(ACK, "");
      assertThat(guest.expectText().text()).isEqualTo("waits");
    }
  }

  @Test
  void probesOfAClosedWindowComeAtEverLongerIntervals() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.window = 0;
      guest.send(ACK, "");
      peer.getOutputStream().write("waits".getBytes());
      guest.settle();
      long last = guest.now();
      long interval = 0;
      for (int i = 0; i < 8; i++) {
        while (guest.sink.frames().isEmpty()) {
          guest.advance(TICK);
          guest.settle();
        }
        guest.received();
        guest.send(ACK, "");
        assertThat(guest.now() - last).isGreaterThan(interval);
        interval = guest.now() - last;
        last = guest.now();
      }
      assertThat(interval).isGreaterThan(SECONDS.toNanos(20));
    }
  }

  @Test
  void aClosedWindowOfASilentGuestIsGivenUpAsData() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.window = 0;
      guest.send(ACK, "");
      peer.getOutputStream().write("waits".getBytes());
      guest.settle();
      assertThat(secondsUntilReset()).isBetween(900L, 1300L);
    }
  }
}
