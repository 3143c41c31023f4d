package org.jpasst.proto.tcp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A peer's urgent bytes are bytes of the stream (RFC 6093 section 6, RFC 9293 section 3.8.5), where
 * TCP sockets know SO_PEEK_OFF and where they don't.
 */
@Timeout(60)
@ParameterizedClass
@ValueSource(booleans = {true, false})
final class UrgentDataTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int MSS = 1460;

  /** When the guest acknowledges. */
  enum Pace {
    EACH_SEGMENT,
    WHEN_NOTHING_MORE_COMES
  }

  @Parameter boolean peekOffsets;

  private ScriptedGuest guest;
  private ServerSocket server;
  private Socket peer;

  @BeforeEach
  void connect() throws IOException {
    guest = new ScriptedGuest(peekOffsets ? new LinuxSockets() : OldKernel.withoutPeekOffsets());
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    guest.connect(server.getLocalPort());
    peer = server.accept();
    peer.setTcpNoDelay(true);
  }

  @AfterEach
  void close() throws IOException {
    peer.close();
    server.close();
    guest.close();
  }

  /** Sends a text in which a byte behind a {@code ^} is urgent. */
  private void send(String text) throws IOException {
    byte[] bytes = text.getBytes(ISO_8859_1);
    for (int from = 0; from < bytes.length; ) {
      if (bytes[from] == '^') {
        peer.sendUrgentData(bytes[from + 1]);
        from += 2;
      } else {
        int mark = text.indexOf('^', from);
        int to = mark < 0 ? bytes.length : mark;
        peer.getOutputStream().write(bytes, from, to - from);
        from = to;
      }
    }
  }

  /** Receives so many bytes in order, and no others; leaves the last acknowledged. */
  private byte[] receive(int count, Pace pace) {
    var received = new ByteArrayOutputStream();
    int next = guest.expected;
    while (received.size() < count) {
      guest.settle();
      if (guest.sink.frames().isEmpty() && next != guest.expected) {
        guest.expected = next;
        guest.send(ACK, "");
        continue;
      }
      Segment segment = guest.expectText();
      assertThat(segment.sequence()).isEqualTo(next);
      received.writeBytes(segment.payload());
      next += segment.payload().length;
      if (pace == Pace.EACH_SEGMENT) {
        guest.expected = next;
        guest.send(ACK, "");
      }
    }
    guest.expected = next;
    guest.send(ACK, "");
    return received.toByteArray();
  }

  /** The same behind so many bytes that were received and not acknowledged. */
  private String receiveBehind(int before, int count) {
    var received = new ByteArrayOutputStream();
    int next = guest.expected + before;
    while (received.size() < count) {
      guest.settle();
      if (guest.sink.frames().isEmpty()) {
        guest.expected = next;
        guest.send(ACK, "");
      }
      Segment segment = guest.expectText();
      assertThat(segment.sequence()).isEqualTo(next);
      received.writeBytes(segment.payload());
      next = segment.end();
    }
    return received.toString(ISO_8859_1);
  }

  private String receiveText(int count, Pace pace) {
    return new String(receive(count, pace), ISO_8859_1);
  }

  @ParameterizedTest
  @EnumSource
  void anUrgentByteArrivesInItsPlace(Pace pace) throws IOException {
    send("ABC^!DEF");
    assertThat(receiveText(7, pace)).isEqualTo("ABC!DEF");
    send("GHI");
    send("JKL");
    assertThat(receiveText(6, pace)).isEqualTo("GHIJKL");
  }

  @Test
  void whatFollowsLaterArrivesWhileNothingIsAcknowledged() throws IOException {
    send("ABC");
    assertThat(guest.expectText().text()).isEqualTo("ABC");
    send("^!");
    send("DEF");
    send("GHI");
    assertThat(receiveBehind(3, 7)).isEqualTo("!DEFGHI");
  }

  @ParameterizedTest
  @EnumSource
  void telnetsSynchArrives(Pace pace) throws IOException {
    send("xy\u00ff^\u00f2login: ");
    assertThat(receiveText(11, pace)).isEqualTo("xy\u00ff\u00f2login: ");
  }

  @ParameterizedTest
  @EnumSource
  void severalUrgentBytesArriveInTheirPlaces(Pace pace) throws IOException {
    send("^1^2a^3^4^5bc^6");
    assertThat(receiveText(9, pace)).isEqualTo("12a345bc6");
  }

  @ParameterizedTest
  @EnumSource
  void anUrgentByteAtTheEndOfTheStreamArrivesBeforeTheFin(Pace pace) throws IOException {
    send("bye^!");
    peer.shutdownOutput();
    assertThat(receiveText(4, pace)).isEqualTo("bye!");
    assertThat(guest.expectText().has(TcpHeader.FIN)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void theFinComesBehindWhatIsBehindTheMark(Pace pace) throws IOException {
    send("good^!bye");
    peer.shutdownOutput();
    assertThat(receiveText(8, pace)).isEqualTo("good!bye");
    assertThat(guest.expectText().has(TcpHeader.FIN)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, MSS - 1, MSS, MSS + 1, 2 * MSS - 1, 2 * MSS, 3 * MSS - 1})
  void anUrgentByteMayBeAnywhereInASegment(int before) throws IOException {
    byte[] data = new byte[3 * MSS];
    new Random(before).nextBytes(data);
    peer.getOutputStream().write(data, 0, before);
    peer.sendUrgentData(data[before]);
    peer.getOutputStream().write(data, before + 1, data.length - before - 1);
    assertThat(receive(data.length, Pace.WHEN_NOTHING_MORE_COMES)).isEqualTo(data);
  }

  @Test
  void afterATimeOutAllIsSentAgainBeyondTheMark() throws IOException {
    send("lost^!data");
    int first = guest.expected;
    while (!guest.received().isEmpty()) {
      continue; // none of it reaches the guest
    }
    guest.advance(SECONDS.toNanos(2));
    assertThat(guest.expected).isEqualTo(first);
    assertThat(receiveText(9, Pace.WHEN_NOTHING_MORE_COMES)).isEqualTo("lost!data");
  }

  @Test
  void aSegmentWithAnUrgentByteThatIsLostIsSentAgain() throws IOException {
    byte[] data = new byte[6 * MSS];
    new Random(2).nextBytes(data);
    peer.sendUrgentData(data[0]);
    peer.getOutputStream().write(data, 1, data.length - 1);
    int first = guest.expected;
    int arrived = 0;
    while (arrived < data.length) {
      arrived = guest.expectText().end() - first;
    }
    for (int i = 0; i < 3; i++) {
      guest.send(ACK, "");
    }
    Segment again = guest.expectText();
    assertThat(again.sequence()).isEqualTo(first);
    assertThat(again.payload()).startsWith(data[0]);
    int repeated = again.payload().length;
    assertThat(again.payload()).isEqualTo(java.util.Arrays.copyOf(data, repeated));
  }

  @Test
  void aWindowThatOpensLetsThemAllThrough() throws IOException {
    guest.window = 0;
    guest.send(ACK, "");
    send("AB^!CD");
    guest.settle();
    assertThat(guest.sink.frames()).isEmpty();
    guest.advance(SECONDS.toNanos(2));
    assertThat(guest.expect().text()).isEqualTo("A");
    guest.send(ACK, "");
    guest.window = 1000;
    guest.send(ACK, "");
    assertThat(receiveText(5, Pace.WHEN_NOTHING_MORE_COMES)).isEqualTo("AB!CD");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6})
  void aLongStreamWithManyArrivesWhole(int seed) throws IOException {
    var random = new Random(seed);
    byte[] data = new byte[100_000];
    random.nextBytes(data);
    var received = new ByteArrayOutputStream();
    for (int at = 0; at < data.length; ) {
      int start = at;
      for (int i = random.nextInt(5); i >= 0 && at < data.length; i--) {
        if (random.nextInt(3) == 0) {
          peer.sendUrgentData(data[at++]);
        } else {
          int length = Math.min(data.length - at, 1 + random.nextInt(3 * MSS));
          peer.getOutputStream().write(data, at, length);
          at += length;
        }
      }
      Pace pace = Pace.values()[random.nextInt(2)];
      received.writeBytes(receive(at - start, pace));
    }
    assertThat(received.toByteArray()).isEqualTo(data);
  }

  @Test
  void theGuestsUrgentBytesReachThePeerInLine() throws IOException {
    int urgent = TcpHeader.URG;
    guest.send(ACK | urgent, "\u00ff\u00f4\u00ff\u00f2ABOR\r\n".getBytes(ISO_8859_1));
    assertThat(peer.getInputStream().readNBytes(10))
        .isEqualTo("\u00ff\u00f4\u00ff\u00f2ABOR\r\n".getBytes(ISO_8859_1));
  }

  @Test
  void anUrgentByteOfAClientArrivesInItsPlace() throws IOException {
    peer.close();
    guest.close();
    guest = new ScriptedGuest(peekOffsets ? new LinuxSockets() : OldKernel.withoutPeekOffsets());
    try (Socket client = guest.connectClient()) {
      peer = client;
      send("^1^2");
      guest.acceptClient();
      send("AB^!CD");
      assertThat(receiveText(7, Pace.EACH_SEGMENT)).isEqualTo("12AB!CD");
    }
  }
}
