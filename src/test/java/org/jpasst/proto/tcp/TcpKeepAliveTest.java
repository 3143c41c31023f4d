package org.jpasst.proto.tcp;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.jpasst.flow.SideTuple;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is asked whether it is still there, when, and by whom: RFC 9293 section 3.8.4. */
@Timeout(60)
final class TcpKeepAliveTest {
  private static final int ACK = TcpHeader.ACK;

  /** Linux's default for tcp_keepalive_time. */
  private static final int TWO_HOURS = 7200;

  @AutoClose private ScriptedGuest guest;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
  }

  /** Time passes as in the loop: with a tick each 30 s. */
  private void pass(long nanos) {
    for (long left = nanos; left > 0; left -= Tcp.KEEP_ALIVE_INTERVAL) {
      guest.advance(Math.min(left, Tcp.KEEP_ALIVE_INTERVAL));
      guest.tcp.onKeepAlive(guest.now());
    }
  }

  private void keepAlive(byte... garbage) {
    guest.segment(ACK, guest.sequence - 1, guest.expected, guest.options(), garbage);
    guest.flush();
  }

  private void answer(Segment question) {
    assertThat(question.sequence()).isEqualTo(guest.expected - 1);
    assertThat(question.payload()).isEmpty();
    guest.send(ACK, "");
  }

  /** Seconds until the kernel asks the peer, if it is going to: proc_net_tcp(5), timer 2. */
  private OptionalInt peerIsAskedIn(Socket peer) throws IOException {
    String ports = ":%04X ".formatted(peer.getPort());
    String remote = ":%04X ".formatted(peer.getLocalPort());
    for (String line : Files.readAllLines(Path.of("/proc/net/tcp"))) {
      String[] fields = line.strip().split("\\s+");
      if ((fields[1] + " ").endsWith(ports) && (fields[2] + " ").endsWith(remote)) {
        String[] timer = fields[5].split(":");
        return timer[0].equals("02")
            ? OptionalInt.of(Integer.parseInt(timer[1], 16) / 100)
            : OptionalInt.empty();
      }
    }
    throw new AssertionError("no such connection");
  }

  @Test
  void nobodyIsAskedWhoDoesNotAsk() throws IOException {
    try (Socket peer = guest.connected()) {
      pass(SECONDS.toNanos(TWO_HOURS));
      assertThat(guest.received()).isEmpty();
      assertThat(peerIsAskedIn(peer)).isEmpty();
    }
  }

  @Test
  void theGuestsQuestionIsAnswered() throws IOException {
    try (Socket peer = guest.connected()) {
      keepAlive();
      assertThat(guest.received())
          .singleElement()
          .satisfies(each -> assertThat(each.acknowledgment()).isEqualTo(guest.sequence));
      keepAlive((byte) 0);
      assertThat(guest.received())
          .singleElement()
          .satisfies(each -> assertThat(each.acknowledgment()).isEqualTo(guest.sequence));
      guest.send(ACK, "x");
      assertThat(peer.getInputStream().read()).isEqualTo('x');
    }
  }

  @Test
  void thePeerIsAskedAtTheGuestsPace() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.advance(SECONDS.toNanos(40));
      keepAlive();
      assertThat(peerIsAskedIn(peer).orElseThrow()).isBetween(37, 40);
      guest.advance(SECONDS.toNanos(40));
      keepAlive((byte) 0);
      assertThat(peerIsAskedIn(peer).orElseThrow()).isBetween(37, 40);
      guest.advance(SECONDS.toNanos(20));
      keepAlive();
      assertThat(peerIsAskedIn(peer).orElseThrow()).isBetween(17, 20);
    }
  }

  @Test
  void thePeerIsAskedNoLessOftenThanTheHostWould() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.advance(SECONDS.toNanos(30_000));
      keepAlive();
      // A file of this kind is to be read by one call.
      List<String> host = Files.readAllLines(Path.of("/proc/sys/net/ipv4/tcp_keepalive_time"));
      assertThat(peerIsAskedIn(peer).orElseThrow())
          .isLessThanOrEqualTo(Integer.parseInt(host.getFirst()));
    }
  }

  @Test
  void aProbeOfAClosedWindowIsNoQuestion() throws IOException {
    try (Socket peer = guest.connected()) {
      // The peer doesn't read: the guest fills the window.
      byte[] payload = new byte[1400];
      int edge = guest.sequence + 65_535;
      for (int room = 1400; room > 0; room = Math.min(1400, edge - guest.sequence)) {
        guest.send(ACK, java.util.Arrays.copyOf(payload, room));
        for (Segment each : guest.received()) {
          edge = each.acknowledgment() + (each.window() << 8);
        }
      }
      guest.advance(SECONDS.toNanos(5));
      keepAlive();
      assertThat(peerIsAskedIn(peer)).isEmpty();
    }
  }

  @Test
  void aGuestThatHasStoppedAskingMakesNoMoreTraffic() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.advance(SECONDS.toNanos(2));
      keepAlive();
      assertThat(peerIsAskedIn(peer).orElseThrow()).isLessThanOrEqualTo(2);
      pass(SECONDS.toNanos(120));
      assertThat(peerIsAskedIn(peer).orElseThrow()).isGreaterThan(1000);
    }
  }

  @Test
  void thePeerOfAConnectionThatStandsStillIsAskedByNobody() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.advance(SECONDS.toNanos(40));
      keepAlive();
      assertThat(peerIsAskedIn(peer)).isPresent();
      // It wouldn't be heard, and in the end be reset, though it may talk to another host by then.
      List<TcpMigration.Paused> paused = guest.tcp.migration().pause();
      assertThat(peerIsAskedIn(peer)).isEmpty();
      guest.tcp.migration().resume(paused, guest.now());
      assertThat(peerIsAskedIn(peer).orElseThrow()).isBetween(37, 40);
    }
  }

  @Test
  void thePeerIsAskedAtTheSamePaceWhereTheGuestHasMoved() throws IOException {
    try (Socket peer = guest.connected();
        ScriptedGuest elsewhere = new ScriptedGuest(new LinuxSockets())) {
      guest.advance(SECONDS.toNanos(40));
      keepAlive();
      TcpMigration here = guest.tcp.migration();
      List<TcpMigration.Paused> paused = here.pause();
      List<TcpMigration.KeepAlive> asked = here.keepAlives();
      assertThat(asked).singleElement().extracting(each -> each.seconds()).isEqualTo(40);
      TcpMigration.Paused one = paused.getFirst();
      int fd = FileDescriptors.fcntl(one.fd(), FileFlag.F_DUPFD_CLOEXEC, 0);
      here.forget(paused);

      TcpMigration there = elsewhere.tcp.migration();
      assertThat(there.restore(asked.getFirst())).as("before it is there").isFalse();
      assertThat(there.restore(one.snapshot(), fd, MemorySegment.NULL, elsewhere.now())).isTrue();
      assertThat(peerIsAskedIn(peer)).isEmpty();
      assertThat(there.restore(asked.getFirst())).isTrue();
      assertThat(peerIsAskedIn(peer).orElseThrow()).isBetween(37, 40);
      assertThat(there.restore(asked.getFirst())).as("a second time").isFalse();
    }
  }

  @Test
  void aForgedPaceIsNoSlowerThanAnyOther() throws IOException {
    try (Socket peer = guest.connected()) {
      List<TcpMigration.Paused> paused = guest.tcp.migration().pause();
      SideTuple name = paused.getFirst().snapshot().guest();
      guest.tcp.migration().resume(paused, guest.now());
      TcpMigration.KeepAlive forged = new TcpMigration.KeepAlive(name, Integer.MAX_VALUE);
      assertThat(guest.tcp.migration().restore(forged)).isTrue();
      assertThat(peerIsAskedIn(peer).orElseThrow()).isLessThanOrEqualTo(TWO_HOURS);
    }
  }

  @Test
  void bothEndsOfASilentConnectionAreAskedInTheEnd() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.tcp.onInactivityScan(guest.now()); // there was traffic before it
      assertThat(guest.received()).isEmpty();
      pass(Tcp.INACTIVITY_INTERVAL);
      guest.tcp.onInactivityScan(guest.now());
      answer(guest.received().getFirst());
      // The peer's kernel has been silent for moments only, in real time.
      assertThat(peerIsAskedIn(peer)).isPresent();
      pass(Tcp.INACTIVITY_INTERVAL);
      assertThat(guest.received()).isEmpty();
      guest.send(ACK, "alive");
      assertThat(peer.getInputStream().readNBytes(5)).asString().isEqualTo("alive");
    }
  }

  @Test
  void silentConnectionsWhoseGuestAnswersGoOnForDays() throws IOException {
    try (Socket peer = guest.connected()) {
      for (int i = 0; i < 50; i++) {
        pass(Tcp.INACTIVITY_INTERVAL);
        guest.tcp.onInactivityScan(guest.now());
        guest.received().forEach(this::answer);
      }
      guest.send(ACK, "alive");
      assertThat(peer.getInputStream().readNBytes(5)).asString().isEqualTo("alive");
    }
  }

  @Test
  void aGuestThatDoesNotAnswerIsGivenUp() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.tcp.onInactivityScan(guest.now());
      pass(Tcp.INACTIVITY_INTERVAL);
      guest.tcp.onInactivityScan(guest.now());
      pass(SECONDS.toNanos(300));
      List<Segment> questions = guest.received();
      assertThat(questions).hasSize(TcpLiveness.MAX_QUESTIONS + 1);
      assertThat(questions.getLast().has(TcpHeader.RST)).isTrue();
      assertThat(guest.flows.size()).isZero();
      assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aGuestThatStandsStillIsGivenUpAnIntervalLater() throws IOException {
    try (Socket peer = guest.connected()) {
      guest.tcp.onInactivityScan(guest.now());
      guest.sink.setStalled(true);
      pass(Tcp.INACTIVITY_INTERVAL);
      guest.tcp.onInactivityScan(guest.now());
      pass(Tcp.INACTIVITY_INTERVAL);
      assertThat(guest.flows.size()).isEqualTo(1);
      guest.tcp.onInactivityScan(guest.now());
      assertThat(guest.flows.size()).isZero();
      assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aGuestThatHasForgottenEndsTheConnectionWhenItIsAsked() throws IOException {
    try (Socket peer = guest.connected()) {
      pass(SECONDS.toNanos(60));
      guest.tcp.onGuestStart();
      pass(SECONDS.toNanos(30));
      Segment question = guest.received().getFirst();
      guest.segment(TcpHeader.RST, question.acknowledgment(), 0, new byte[0], new byte[0]);
      guest.flush();
      assertThat(guest.flows.size()).isZero();
      assertThatThrownBy(() -> peer.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aGuestThatMayHaveStartedAnewIsAskedOnceAndLeftAlone() throws IOException {
    try (Socket peer = guest.connected()) {
      pass(SECONDS.toNanos(60));
      guest.tcp.onGuestStart();
      pass(SECONDS.toNanos(600));
      assertThat(guest.received()).hasSize(1);
      guest.send(ACK, "alive");
      assertThat(peer.getInputStream().readNBytes(5)).asString().isEqualTo("alive");
    }
  }

  @Test
  void aGuestThatHasNotAcknowledgedDataIsNotAskedBesides() throws IOException {
    try (Socket peer = guest.connected()) {
      peer.getOutputStream().write("x".getBytes());
      guest.expectText();
      guest.tcp.onGuestStart();
      guest.advance(SECONDS.toNanos(60));
      guest.tcp.onKeepAlive(guest.now());
      assertThat(guest.received()).isNotEmpty().allMatch(each -> each.text().equals("x"));
    }
  }

  @Test
  void connectionsInUseAreNotAsked() throws IOException {
    try (Socket peer = guest.connected()) {
      pass(SECONDS.toNanos(60));
      guest.send(ACK, "x");
      guest.received();
      guest.tcp.onGuestStart();
      guest.advance(MILLISECONDS.toNanos(500));
      guest.tcp.onKeepAlive(guest.now());
      assertThat(guest.received()).isEmpty();
      assertThat(peer.getInputStream().read()).isEqualTo('x');
    }
  }
}
