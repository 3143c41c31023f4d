package org.jpasst.proto.tcp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections stop, are told, and go on here or elsewhere; sockets are handed over as they are. */
final class TcpMigrationTest {
  private static final int ACK = TcpHeader.ACK;
  private static final MemorySegment NOTHING = MemorySegment.NULL;

  private ServerSocket server;
  private ScriptedGuest guest;
  private Socket peer;

  @BeforeEach
  void connect() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    guest = new ScriptedGuest(new LinuxSockets());
    guest.connect(server.getLocalPort());
    peer = server.accept();
  }

  @AfterEach
  void close() throws IOException {
    guest.close();
    peer.close();
    server.close();
  }

  @Test
  void aPausedConnectionDoesNothingAndGoesOnWhenItIsResumed() throws IOException {
    List<TcpMigration.Paused> paused = guest.tcp.migration().pause();
    assertThat(paused).hasSize(1);
    peer.getOutputStream().write("for the guest".getBytes(US_ASCII));
    guest.send(ACK, "from the guest");
    guest.advance(10 * Tcp.KEEP_ALIVE_INTERVAL);
    guest.tcp.onKeepAlive(guest.now());
    guest.tcp.onInactivityScan(guest.now());
    guest.tcp.onInactivityScan(guest.now());
    assertThat(guest.received()).isEmpty();
    assertThat(peer.getInputStream().available()).isZero();

    guest.tcp.migration().resume(paused, guest.now());
    assertThat(guest.expectText().payload()).asString(US_ASCII).isEqualTo("for the guest");
    // What came meanwhile was not acknowledged: it comes again.
    guest.sequence -= "from the guest".length();
    guest.send(ACK, "from the guest");
    assertThat(new String(peer.getInputStream().readNBytes(14), US_ASCII))
        .isEqualTo("from the guest");
  }

  @Test
  void aSnapshotTellsWhereBothDirectionsAre() throws IOException {
    guest.send(ACK, "twelve bytes");
    guest.expect();
    peer.getOutputStream().write("five!".getBytes(US_ASCII));
    Segment text = guest.expectText();
    TcpSnapshot snapshot = guest.tcp.migration().pause().getFirst().snapshot();
    assertThat(snapshot.fromGuest()).isTrue();
    assertThat(snapshot.guest().endpoint().address()).isEqualTo(ScriptedGuest.GUEST);
    assertThat(snapshot.guest().endpoint().port()).isEqualTo(ScriptedGuest.PORT);
    assertThat(snapshot.guest().own().address()).isEqualTo(ScriptedGuest.GATEWAY);
    assertThat(snapshot.host().endpoint().port()).isEqualTo(server.getLocalPort());
    assertThat(snapshot.host().own().port()).isEqualTo(peer.getPort());
    assertThat(snapshot.sending().una()).isEqualTo(text.sequence());
    assertThat(snapshot.sending().max()).isEqualTo(text.sequence() + 5);
    assertThat(snapshot.receiving().next()).isEqualTo(guest.sequence);
    assertThat(snapshot.receiving().acknowledged()).isEqualTo(guest.sequence);
    assertThat(snapshot.sending().mss()).isEqualTo(1460);
  }

  @Test
  void aConnectionGoesOnElsewhereWithItsNumbers() throws IOException {
    peer.getOutputStream().write("in flight".getBytes(US_ASCII));
    Segment sent = guest.expectText();
    try (ScriptedGuest elsewhere = move(NOTHING)) {
      Segment ack = elsewhere.expect();
      assertThat(ack.acknowledgment()).isEqualTo(elsewhere.sequence);
      assertThat(ack.sequence()).isEqualTo(sent.sequence() + sent.payload().length);
      // What was in flight isn't sent again, as long as the guest may have it.
      peer.getOutputStream().write(" and more".getBytes(US_ASCII));
      Segment more = elsewhere.expectText();
      assertThat(more.payload()).asString(US_ASCII).isEqualTo(" and more");
      elsewhere.expected = more.sequence() + more.payload().length;
      elsewhere.send(ACK, "answer");
      assertThat(new String(peer.getInputStream().readNBytes(6), US_ASCII)).isEqualTo("answer");
    }
  }

  @Test
  void whatTheGuestDidNotGetIsSentAgainElsewhere() throws IOException {
    peer.getOutputStream().write("lost".getBytes(US_ASCII));
    Segment lost = guest.expectText();
    try (ScriptedGuest elsewhere = move(NOTHING)) {
      elsewhere.received();
      elsewhere.advance(2_000_000_000L);
      Segment again = elsewhere.expectText();
      assertThat(again.sequence()).isEqualTo(lost.sequence());
      assertThat(again.payload()).asString(US_ASCII).isEqualTo("lost");
    }
  }

  @Test
  void bytesThatTheSocketHasNoRoomForFollow() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment unsent = arena.allocate(3);
      unsent.copyFrom(MemorySegment.ofArray("abc".getBytes(US_ASCII)));
      try (ScriptedGuest elsewhere = move(unsent)) {
        elsewhere.settle();
        assertThat(new String(peer.getInputStream().readNBytes(3), US_ASCII)).isEqualTo("abc");
      }
    }
  }

  @Test
  void aHalfClosedConnectionEndsElsewhere() throws IOException {
    guest.send(ACK | TcpHeader.FIN, "last");
    guest.expect();
    assertThat(peer.getInputStream().readAllBytes()).asString(US_ASCII).isEqualTo("last");
    try (ScriptedGuest elsewhere = move(NOTHING)) {
      elsewhere.received();
      peer.getOutputStream().write("answer".getBytes(US_ASCII));
      peer.shutdownOutput();
      Segment text = elsewhere.expectText();
      assertThat(text.payload()).asString(US_ASCII).isEqualTo("answer");
      elsewhere.expected = text.sequence() + text.payload().length;
      Segment fin = text.has(TcpHeader.FIN) ? text : elsewhere.expectText();
      assertThat(fin.has(TcpHeader.FIN)).isTrue();
      elsewhere.expected = fin.sequence() + fin.payload().length + 1;
      elsewhere.send(ACK, "");
      assertThat(elsewhere.flows.size()).isZero();
    }
  }

  @Test
  void timestampsAndTheSegmentSizeThatGoesWithThemGoOnElsewhere() throws IOException {
    guest.close();
    peer.close();
    guest = new ScriptedGuest(new LinuxSockets());
    guest.timestamps = true;
    guest.sack = true;
    guest.connect(server.getLocalPort());
    peer = server.accept();
    peer.getOutputStream().write("here".getBytes(US_ASCII));
    Segment.Timestamps here = guest.expectText().timestamps().orElseThrow();
    try (ScriptedGuest elsewhere = move(NOTHING)) {
      elsewhere.received();
      peer.getOutputStream().write(new byte[3000]);
      Segment text = elsewhere.expectText();
      assertThat(text.payload()).hasSize(1448);
      Segment.Timestamps there = text.timestamps().orElseThrow();
      assertThat(there.value() - here.value()).isBetween(0, 10_000);
      assertThat(there.echo()).isEqualTo(here.echo());
    }
  }

  @Test
  void aConnectionThatIsThereAlreadyOrMakesNoSenseIsRefused() throws IOException {
    TcpMigration.Paused paused = guest.tcp.migration().pause().getFirst();
    int copy = duplicate(paused.fd());
    assertThat(guest.tcp.migration().restore(paused.snapshot(), copy, NOTHING, guest.now()))
        .isFalse();
    assertThat(guest.expect().has(TcpHeader.RST)).isTrue();
    TcpSnapshot s = paused.snapshot();
    var sending =
        new TcpSnapshot.Sending(
            1460, 15, s.sending().una(), s.sending().max(), 0, false, false, false);
    var forged = new TcpSnapshot(true, s.guest(), s.host(), sending, s.receiving());
    try (ScriptedGuest elsewhere = new ScriptedGuest(new LinuxSockets())) {
      int another = duplicate(paused.fd());
      assertThat(elsewhere.tcp.migration().restore(forged, another, NOTHING, 0)).isFalse();
      assertThat(elsewhere.flows.size()).isZero();
    }
  }

  @Test
  void aResetThatTheLinkHasNoRoomForFollows() throws IOException {
    guest.sink.setReplyRoom(0);
    peer.setSoLinger(true, 0);
    peer.close();
    guest.settle();
    assertThat(guest.flows.size()).isZero();
    assertThat(guest.received()).isEmpty();
    guest.tcp.onRoom(guest.now());
    assertThat(guest.received()).as("there still is none").isEmpty();
    guest.sink.setReplyRoom(2);
    guest.tcp.onRoom(guest.now());
    assertThat(guest.received())
        .singleElement()
        .satisfies(
            reset -> {
              assertThat(reset.flags()).isEqualTo(TcpHeader.RST | ACK);
              assertThat(reset.sequence()).isEqualTo(guest.expected);
            });
  }

  /** Hands the connection over to another guest's TCP, which goes on with it. */
  private ScriptedGuest move(MemorySegment unsent) throws IOException {
    List<TcpMigration.Paused> paused = guest.tcp.migration().pause();
    int copy = duplicate(paused.getFirst().fd());
    ScriptedGuest elsewhere = new ScriptedGuest(new LinuxSockets());
    elsewhere.sequence = guest.sequence;
    elsewhere.expected = guest.expected;
    elsewhere.peerPort = guest.peerPort;
    TcpSnapshot snapshot = paused.getFirst().snapshot();
    List<TcpMigration.GuestOptions> options = guest.tcp.migration().guestOptions();
    guest.tcp.migration().forget(paused);
    assertThat(elsewhere.tcp.migration().restore(snapshot, copy, unsent, elsewhere.now())).isTrue();
    for (TcpMigration.GuestOptions each : options) {
      assertThat(elsewhere.tcp.migration().restore(each)).isTrue();
      assertThat(elsewhere.tcp.migration().restore(each)).as("a second time").isFalse();
    }
    return elsewhere;
  }

  private static int duplicate(int fd) {
    return FileDescriptors.fcntl(fd, FileFlag.F_DUPFD_CLOEXEC, 0);
  }
}
