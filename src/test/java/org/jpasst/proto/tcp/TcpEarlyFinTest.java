package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** A FIN that comes before the bytes in front of it counts when they have come. */
@Timeout(60)
@ParameterizedClass(name = "SACK {0}")
@ValueSource(booleans = {false, true})
final class TcpEarlyFinTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int FIN_ACK = TcpHeader.FIN | TcpHeader.ACK;

  @Parameter boolean sack;

  private ScriptedGuest guest;
  private ServerSocket server;
  private Socket peer;

  /** The guest's first sequence number with data, and the right edge of the window it was told. */
  private int start;

  private int edge;

  @BeforeEach
  void connect() throws IOException {
    guest = new ScriptedGuest(new LinuxSockets());
    guest.sack = sack;
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Segment synAck = guest.connect(server.getLocalPort());
    peer = server.accept();
    start = guest.sequence;
    edge = start + synAck.window();
  }

  @AfterEach
  void close() throws IOException {
    peer.close();
    guest.close();
    server.close();
  }

  private void add(int flags, int offset, String text) {
    byte[] payload = text.getBytes(StandardCharsets.US_ASCII);
    guest.segment(flags, start + offset, guest.expected, new byte[0], payload);
  }

  /** Sends one segment, and returns the last answer. */
  private Segment sent(int flags, int offset, String text) {
    add(flags, offset, text);
    guest.flush();
    Segment last = guest.received().getLast();
    edge = last.acknowledgment() + (last.window() << 8);
    return last;
  }

  private void assertBlocks(Segment segment, int... offsets) {
    if (!sack) {
      assertThat(segment.blocks()).isEmpty();
      return;
    }
    assertThat(segment.blocks()).hasSize(offsets.length / 2);
    for (int i = 0; i < offsets.length; i += 2) {
      var block = new Segment.Block(start + offsets[i], start + offsets[i + 1]);
      assertThat(segment.blocks().get(i / 2)).isEqualTo(block);
    }
  }

  /** The peer reads exactly this, then the end of the stream. */
  private void assertStream(String text) throws IOException {
    assertThat(peer.getInputStream().readAllBytes()).asString().isEqualTo(text);
  }

  private void assertOpen(String text) throws IOException {
    InputStream in = peer.getInputStream();
    assertThat(in.readNBytes(text.length())).asString().isEqualTo(text);
    peer.setSoTimeout(20);
    assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);
    peer.setSoTimeout(0);
  }

  @Test
  void aFinAloneCountsWhenTheGapInFrontOfItCloses() throws IOException {
    Segment early = sent(FIN_ACK, 5, "");
    assertThat(early.acknowledgment()).isEqualTo(start);
    assertBlocks(early, 5, 6);
    Segment closed = sent(ACK, 0, "abcde");
    assertThat(closed.acknowledgment()).isEqualTo(start + 6);
    assertBlocks(closed);
    assertStream("abcde");
  }

  @Test
  void aFinWithDataCountsWhenTheGapInFrontOfItCloses() throws IOException {
    assertBlocks(sent(FIN_ACK, 3, "def"), 3, 7);
    assertThat(sent(ACK, 0, "abc").acknowledgment()).isEqualTo(start + 7);
    assertStream("abcdef");
  }

  @Test
  void aFinBehindSeveralGapsCountsWhenTheLastCloses() throws IOException {
    sent(FIN_ACK, 9, "");
    assertBlocks(sent(ACK, 3, "def"), 3, 6, 9, 10);
    assertThat(sent(ACK, 0, "abc").acknowledgment()).isEqualTo(start + 6);
    assertOpen("abcdef");
    assertThat(sent(ACK, 6, "ghi").acknowledgment()).isEqualTo(start + 10);
    assertStream("ghi");
  }

  @Test
  void aFinRightBehindKeptBytesIsToldWithThem() {
    sent(ACK, 3, "def");
    sent(ACK, 9, "x");
    assertBlocks(sent(FIN_ACK, 10, ""), 9, 11, 3, 6);
  }

  @Test
  void allInOneBatchInReverseOrderIsTaken() throws IOException {
    add(FIN_ACK, 9, "");
    add(ACK, 6, "ghi");
    add(ACK, 3, "def");
    add(ACK, 0, "abc");
    guest.flush();
    assertThat(guest.received().getLast().acknowledgment()).isEqualTo(start + 10);
    assertStream("abcdefghi");
  }

  @Test
  void aFinThatComesAgainIsTheSameOne() throws IOException {
    sent(FIN_ACK, 3, "");
    sent(FIN_ACK, 3, "");
    add(FIN_ACK, 0, "abc");
    guest.flush();
    assertThat(guest.received().getLast().acknowledgment()).isEqualTo(start + 4);
    assertThat(sent(FIN_ACK, 3, "").acknowledgment()).isEqualTo(start + 4);
    assertStream("abc");
  }

  @Test
  void aFinBeyondTheWindowIsNotKept() throws IOException {
    int beyond = edge - start;
    assertBlocks(sent(FIN_ACK, beyond, ""));
    assertThat(sent(ACK, 0, "abc").acknowledgment()).isEqualTo(start + 3);
    assertBlocks(sent(FIN_ACK, edge - start - 1, ""), edge - start - 1, edge - start);
    assertOpen("abc");
  }

  @Test
  void nothingIsTakenFromBehindAFin() throws IOException {
    sent(FIN_ACK, 3, "");
    assertBlocks(sent(ACK, 2, "cdef"), 2, 4);
    assertBlocks(sent(ACK, 5, "f"), 2, 4);
    assertThat(sent(ACK, 0, "abcdef").acknowledgment()).isEqualTo(start + 4);
    assertStream("abc");
  }

  @Test
  void aFinInFrontOfKeptBytesIsNotKept() throws IOException {
    sent(ACK, 4, "efg");
    assertBlocks(sent(FIN_ACK, 5, ""), 4, 7);
    assertThat(sent(ACK, 0, "abcd").acknowledgment()).isEqualTo(start + 7);
    assertOpen("abcdefg");
  }

  @Test
  void theFirstOfTwoDifferentFinsCounts() throws IOException {
    sent(FIN_ACK, 3, "");
    assertBlocks(sent(FIN_ACK, 5, ""), 3, 4);
    assertThat(sent(ACK, 0, "abcde").acknowledgment()).isEqualTo(start + 4);
    assertStream("abc");
  }

  @Test
  void aFinInOrderCountsEvenInFrontOfAKeptOne() throws IOException {
    sent(FIN_ACK, 5, "");
    assertThat(sent(FIN_ACK, 0, "abc").acknowledgment()).isEqualTo(start + 4);
    assertStream("abc");
  }

  @Test
  void theConnectionClosesAfterAnEarlyFinAsAfterAnyOther() throws IOException {
    sent(FIN_ACK, 3, "");
    sent(ACK, 0, "abc");
    assertStream("abc");
    peer.getOutputStream().write('x');
    assertThat(guest.expectText().text()).isEqualTo("x");
    peer.shutdownOutput();
    assertThat(guest.expectText().has(TcpHeader.FIN)).isTrue();
    guest.segment(ACK, start + 4, guest.expected + 2, new byte[0], new byte[0]);
    guest.flush();
    assertThat(guest.received()).isEqualTo(List.of());
    assertThat(guest.flows.size()).isZero();
  }
}
