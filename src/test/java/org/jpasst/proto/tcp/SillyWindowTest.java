package org.jpasst.proto.tcp;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.util.List;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sender's silly window avoidance, RFC 9293 section 3.8.6.2.1. */
@Timeout(60)
final class SillyWindowTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int MSS = 1460;

  @AutoClose private ScriptedGuest guest;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
  }

  private static List<Integer> sizes(List<Segment> segments) {
    return segments.stream().map(each -> each.payload().length).toList();
  }

  private void setWindow(int bytes) {
    guest.window = bytes;
    guest.send(ACK, "");
  }

  @Test
  void aSmallWindowIsNotFilledWithASmallSegment() throws IOException {
    try (Socket peer = guest.connected()) {
      setWindow(10);
      peer.getOutputStream().write(new byte[1000]);
      assertThat(guest.received()).isEmpty();
      setWindow(2 * MSS);
      assertThat(sizes(guest.received())).containsExactly(1000);
    }
  }

  @Test
  void whatTheWindowHoldsWholeIsSentAtOnce() throws IOException {
    try (Socket peer = guest.connected()) {
      setWindow(10);
      peer.getOutputStream().write(new byte[10]);
      assertThat(sizes(guest.received())).containsExactly(10);
    }
  }

  @Test
  void aSmallWindowIsUsedWhenTheOverrideTimerRunsOut() throws IOException {
    try (Socket peer = guest.connected()) {
      setWindow(10);
      peer.getOutputStream().write(new byte[1000]);
      guest.settle();
      guest.advance(MILLISECONDS.toNanos(100));
      assertThat(guest.received()).isEmpty();
      guest.advance(MILLISECONDS.toNanos(900));
      assertThat(sizes(guest.received())).containsExactly(10);
    }
  }

  @Test
  void aGuestThatNeverOpensItsWindowWiderGetsAllInTheEnd() throws IOException {
    try (Socket peer = guest.connected()) {
      setWindow(100);
      byte[] data = new byte[1050];
      data[1049] = 7;
      peer.getOutputStream().write(data);
      guest.settle();
      int received = 0;
      byte last = 0;
      for (int i = 0; i < 30 && received < data.length; i++) {
        guest.advance(SECONDS.toNanos(1));
        for (List<Segment> some = guest.received(); !some.isEmpty(); some = guest.received()) {
          assertThat(some).hasSize(1);
          assertThat(some.getFirst().sequence()).isEqualTo(guest.expected);
          int length = some.getFirst().payload().length;
          received += length;
          last = some.getFirst().payload()[length - 1];
          guest.expected += length;
          guest.send(ACK, "");
        }
      }
      assertThat(received).isEqualTo(data.length);
      assertThat(last).isEqualTo((byte) 7);
    }
  }

  @Test
  void theRestOfAWindowThatIsLessThanASegmentIsLeft() throws IOException {
    try (Socket peer = guest.connected()) {
      setWindow(3 * MSS + 100);
      peer.getOutputStream().write(new byte[20_000]);
      assertThat(sizes(guest.received())).containsExactly(MSS, MSS, MSS);
    }
  }

  @Test
  void halfOfTheLargestWindowIsWorthASegment() throws IOException {
    guest.window = 1000; // never had a larger one
    try (Socket peer = guest.connected()) {
      setWindow(500);
      peer.getOutputStream().write(new byte[1000]);
      assertThat(sizes(guest.received())).containsExactly(500);
    }
  }

  @Test
  void aSegmentThatWasLostIsRepeatedIntoASmallWindow() throws IOException {
    try (Socket peer = guest.connected()) {
      peer.getOutputStream().write(new byte[1000]);
      assertThat(sizes(guest.received())).containsExactly(1000);
      guest.window = 10; // shrunk, which nobody should
      guest.acknowledge(guest.expected);
      guest.received();
      guest.advance(SECONDS.toNanos(2));
      assertThat(sizes(guest.received())).containsExactly(10);
    }
  }

  @Test
  void holdingBackCostsNoWakeUps() throws IOException {
    try (Socket peer = guest.connected()) {
      setWindow(10);
      byte[] chunk = new byte[1000];
      for (int i = 0; i < 50; i++) {
        peer.getOutputStream().write(chunk);
        guest.settle();
      }
      for (int i = 0; i < 50; i++) {
        peer.getOutputStream().write(chunk);
        assertThat(guest.loop.turn(0)).isZero();
      }
    }
  }
}
