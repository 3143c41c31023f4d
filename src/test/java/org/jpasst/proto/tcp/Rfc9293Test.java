package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.net.IpAddress;
import org.jpasst.stats.Counter;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requirements of RFC 9293, Appendix B, that no other test is about. */
@Timeout(60)
final class Rfc9293Test {
  private static final int ACK = TcpHeader.ACK;
  private static final int SYN = TcpHeader.SYN;
  private static final int MSS = 1460;
  private static final byte[] NOTHING = {};

  private ScriptedGuest guest;
  private ServerSocket server;

  @BeforeEach
  void open() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    guest.peerPort = server.getLocalPort();
  }

  @AfterEach
  void close() throws IOException {
    guest.close();
    server.close();
  }

  private Socket connected() throws IOException {
    guest.connect(server.getLocalPort());
    return server.accept();
  }

  /** Connects by a SYN with these options; answers our SYN-ACK. */
  private Segment synAck(byte... options) {
    guest.segment(SYN, guest.sequence, 0, options, NOTHING);
    guest.flush();
    Segment synAck = guest.expect();
    assertThat(synAck.flags()).isEqualTo(SYN | ACK);
    guest.sequence++;
    guest.expected = synAck.sequence() + 1;
    guest.send(ACK, "");
    return synAck;
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.15, 192.0.2.255",
    "192.0.2.15, 255.255.255.255",
    "192.0.2.15, 224.0.0.1",
    "192.0.2.255, 192.0.2.2",
    "224.0.0.1, 192.0.2.2",
    "255.255.255.255, 192.0.2.2",
    "0.0.0.0, 192.0.2.2",
    "192.0.2.15, 0.0.0.0"
  })
  void whatNamesAGroupGetsNoAnswer(String source, String destination) {
    guest.source = IpAddress.parse(source).orElseThrow();
    guest.destination = IpAddress.parse(destination).orElseThrow();
    for (int flags : new int[] {SYN, ACK, SYN | ACK, TcpHeader.FIN | ACK, TcpHeader.RST}) {
      guest.segment(flags, 1, 2, NOTHING, NOTHING);
    }
    guest.flush();
    assertThat(guest.received()).isEmpty();
    assertThat(guest.flows.size()).isZero();
  }

  @Test
  void withoutTheOptionTheMaximumSegmentSizeIs536() throws IOException {
    synAck();
    try (Socket peer = server.accept()) {
      peer.getOutputStream().write(new byte[2000]);
      assertThat(guest.expectText().payload()).hasSize(536);
    }
    assertThat(TcpSettings.usedMss(false, 0)).isEqualTo(1220);
  }

  @Test
  void theGuestsMaximumSegmentSizeIsUsedLessTheOptions() throws IOException {
    guest.timestamps = true;
    try (Socket peer = connected()) {
      peer.getOutputStream().write(new byte[2000]);
      assertThat(guest.expectText().payload()).hasSize(MSS - TcpOptions.TIMESTAMPS_LENGTH);
    }
  }

  @Test
  void theMaximumSegmentSizeWeTellIsOfOurLinksPackets() throws IOException {
    guest.close();
    guest = new ScriptedGuest(new LinuxSockets(), 1400);
    guest.peerPort = server.getLocalPort();
    assertThat(TcpOptions.mss(synAck().options())).isEqualTo(1400 - 40);
  }

  @Test
  void onlySynsHaveAMaximumSegmentSize() throws IOException {
    try (Socket peer = connected()) {
      guest.send(ACK, "x");
      peer.getOutputStream().write('y');
      peer.shutdownOutput();
      guest.settle();
      List<Segment> segments = guest.received();
      assertThat(segments).hasSizeGreaterThanOrEqualTo(2);
      assertThat(segments).allMatch(each -> TcpOptions.mss(each.options()) == 0);
    }
  }

  /**
   * An unknown option (253), one whose length is wrong, one that is cut; NOPs put them anywhere.
   */
  @ParameterizedTest
  @CsvSource({"-3, 4", "1, 1", "-3, 0", "-3, 1", "-3, 40", "2, 3", "8, 9"})
  void anyOptionsAreTakenInAnySegment(byte kind, byte length) throws IOException {
    synAck((byte) 1, kind, length, (byte) 0);
    try (Socket peer = server.accept()) {
      byte[] options = {1, 1, 1, kind, length, 1, 0, 0};
      guest.segment(ACK, guest.sequence, guest.expected, options, new byte[] {'x'});
      guest.flush();
      assertThat(peer.getInputStream().read()).isEqualTo('x');
    }
  }

  @Test
  void optionsAreReadWhateverTheirAlignment() throws IOException {
    byte[] options = {1, 2, 4, 0x02, 0x00, 1, 1, 0};
    synAck(options);
    try (Socket peer = server.accept()) {
      peer.getOutputStream().write(new byte[2000]);
      assertThat(guest.expectText().payload()).hasSize(0x200);
    }
  }

  @Test
  void aSegmentWithAWrongChecksumIsDropped() throws IOException {
    try (Socket peer = connected()) {
      guest.damage();
      guest.segment(ACK, guest.sequence, guest.expected, NOTHING, new byte[] {'x'});
      guest.flush();
      assertThat(guest.counters.value(Counter.DROP_TCP_CHECKSUM)).isEqualTo(1);
      assertThat(guest.received()).isEmpty();
      assertThat(peer.getInputStream().available()).isZero();
    }
  }

  @Test
  void aWindowIsAnUnsignedNumber() throws IOException {
    guest.windowScale = 14;
    guest.window = 0xffff;
    try (Socket peer = connected()) {
      peer.getOutputStream().write(new byte[100_000]);
      int received = 0;
      while (received < 100_000) {
        received += guest.expectText().payload().length;
      }
      assertThat(received).isEqualTo(100_000);
    }
  }

  @Test
  void aWindowThatShrinksStopsNewDataOnly() throws IOException {
    try (Socket peer = connected()) {
      peer.getOutputStream().write(new byte[4 * MSS]);
      for (int i = 0; i < 4; i++) {
        assertThat(guest.expectText().payload()).hasSize(MSS);
      }
      guest.window = 2 * MSS;
      guest.send(ACK, "");
      peer.getOutputStream().write(new byte[MSS]);
      guest.settle();
      assertThat(guest.received()).as("new data").isEmpty();
      guest.advance(TimeUnit.SECONDS.toNanos(2));
      List<Segment> again = guest.received();
      assertThat(again).as("what isn't acknowledged").isNotEmpty();
      assertThat(again.getFirst().sequence()).isEqualTo(guest.expected);
      int edge = guest.expected + 2 * MSS;
      assertThat(again).allMatch(each -> each.sequence() + each.payload().length - edge <= 0);
      guest.window = 65535;
      guest.expected += 4 * MSS;
      guest.send(ACK, "");
      assertThat(guest.expectText().sequence()).isEqualTo(guest.expected);
    }
  }

  @Test
  void ourFirstNumberFollowsAClockAndDependsOnTheWholeName() {
    int first = numberOf(server.getLocalPort(), 0);
    int later = numberOf(server.getLocalPort(), TimeUnit.MILLISECONDS.toNanos(1));
    assertThat(later - first).as("of 32 ns in a millisecond").isEqualTo(1_000_000 / 32);
    guest.destination = IpAddress.parse("127.0.0.1").orElseThrow();
    int other = numberOf(server.getLocalPort(), 0);
    assertThat(Math.abs((long) other - later)).as("of another address").isGreaterThan(1000);
  }

  private int numberOf(int port, long after) {
    guest.advance(after);
    guest.peerPort = port;
    guest.segment(SYN, guest.sequence, 0, NOTHING, NOTHING);
    guest.flush();
    int number = guest.expect().sequence();
    guest.segment(TcpHeader.RST, guest.sequence + 1, 0, NOTHING, NOTHING);
    guest.flush();
    guest.flows.reclaim();
    guest.sequence += 100;
    return number;
  }

  @Test
  void theLastSegmentOfWhatThePeerSentIsPushed() throws IOException {
    try (Socket peer = connected()) {
      peer.getOutputStream().write(new byte[3 * MSS]);
      int received = 0;
      Segment last = guest.expectText();
      for (received = last.payload().length; received < 3 * MSS; ) {
        last = guest.expectText();
        received += last.payload().length;
      }
      assertThat(last.has(TcpHeader.PSH)).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 40, 400})
  void theSegmentsOfABatchGetOneAcknowledgment(int segments) throws IOException {
    try (Socket _ = connected()) {
      for (int i = 0; i < segments; i++) {
        guest.segment(ACK, guest.sequence++, guest.expected, NOTHING, new byte[] {'x'});
      }
      guest.flush();
      List<Segment> answers = guest.received();
      assertThat(answers).hasSize(1);
      assertThat(answers.getFirst().acknowledgment()).isEqualTo(guest.sequence);
    }
  }

  @Test
  void aResetMayHaveText() throws IOException {
    try (Socket _ = connected()) {
      guest.segment(TcpHeader.RST, guest.sequence, 0, NOTHING, "reason".getBytes());
      guest.flush();
      assertThat(guest.flows.size()).isZero();
    }
  }
}
