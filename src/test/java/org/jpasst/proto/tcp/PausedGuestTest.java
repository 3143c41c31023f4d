package org.jpasst.proto.tcp;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A guest that takes nothing off its link can't answer, and isn't given up for that. */
@Timeout(60)
final class PausedGuestTest {
  private static final int ACK = TcpHeader.ACK;

  @AutoClose private ScriptedGuest guest;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
  }

  private void anHourPasses() {
    long end = guest.now() + HOURS.toNanos(1);
    while (guest.now() < end) {
      guest.advance(SECONDS.toNanos(1));
    }
  }

  @Test
  void dataSentToAGuestThatStandsStillArrivesWhenItGoesOn() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.sink.setStalled(true);
      peer.getOutputStream().write("in the pause".getBytes());
      guest.settle();
      anHourPasses();
      guest.sink.setStalled(false);
      assertThat(guest.received())
          .isNotEmpty()
          .allSatisfy(
              each -> {
                assertThat(each.has(TcpHeader.RST)).isFalse();
                assertThat(each.text()).isEqualTo("in the pause");
              });
      guest.expected += "in the pause".length();
      guest.send(ACK | TcpHeader.PSH, "here again");
      assertThat(peer.getInputStream().readNBytes(10)).asString().isEqualTo("here again");
    }
  }

  @Test
  void aLinkWithoutRoomDoesNotCountAgainstTheGuest() throws IOException {
    try (Socket peer = guest.connected()) {
      peer.getOutputStream().write("first".getBytes());
      guest.expectText();
      guest.sink.setRoom(0);
      anHourPasses();
      assertThat(guest.received()).isEmpty();
      guest.sink.setRoom(Integer.MAX_VALUE);
      guest.tcp.onRoom(guest.now());
      assertThat(guest.expectText().text()).isEqualTo("first");
    }
  }

  @Test
  void whatWasCountedBeforeThePauseStillCountsAfterIt() throws IOException {
    try (Socket peer = guest.connected()) {
      peer.getOutputStream().write("lost".getBytes());
      guest.expectText();
      for (int i = 0; i < 100; i++) {
        guest.advance(SECONDS.toNanos(1));
      }
      guest.sink.setStalled(true);
      anHourPasses();
      guest.sink.setStalled(false);
      guest.received();
      assertThat(guest.flows.size()).isEqualTo(1);
      anHourPasses();
      assertThat(guest.received()).anyMatch(each -> each.has(TcpHeader.RST));
      assertThat(guest.flows.size()).isZero();
    }
  }

  @Test
  void aConnectionThatComesInThePauseIsAnsweredAfterIt() throws IOException {
    guest.sink.setStalled(true);
    try (Socket client = guest.connectClient()) {
      anHourPasses();
      guest.sink.setStalled(false);
      Segment syn = guest.expect();
      assertThat(guest.received()).extracting(Segment::flags).containsOnly(TcpHeader.SYN);
      guest.expected = syn.sequence() + 1;
      guest.segment(
          TcpHeader.SYN | ACK, guest.sequence++, guest.expected, new byte[0], new byte[0]);
      guest.flush();
      guest.send(ACK | TcpHeader.PSH, "late");
      assertThat(client.getInputStream().readNBytes(4)).asString().isEqualTo("late");
    }
  }

  @Test
  void aRunningGuestIsAskedAgainAtOnceWhateverWasCounted() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.sink.setStalled(true);
      peer.getOutputStream().write("x".getBytes());
      guest.settle();
      guest.sink.setStalled(false);
      guest.received();
      guest.advance(SECONDS.toNanos(1) + MILLISECONDS.toNanos(5));
      assertThat(guest.expectText().text()).isEqualTo("x");
    }
  }
}
