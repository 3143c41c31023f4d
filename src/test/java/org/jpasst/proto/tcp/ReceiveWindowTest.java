package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.stats.Counter;
import org.jpasst.wire.TcpHeader;
import org.jpasst.wire.TcpOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A guest that avoids silly windows (RFC 9293 section 3.8.6.2.1) gets its stream through whatever
 * room the socket has. The clock stands still, so no persist timer helps.
 */
@Timeout(60)
final class ReceiveWindowTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int SCALE = 8;
  private static final int LENGTH = 4 << 20;

  private final ExecutorService reader = Executors.newSingleThreadExecutor();
  private final byte[] data = new byte[LENGTH];
  private ServerSocket server;
  private ScriptedGuest guest;

  /** What the sockets' send buffers are set to when they are made; 0 for the kernel's choice. */
  private int buffer;

  /** The guest's connection's socket. */
  private int fd;

  // The sender of RFC 9293 section 3.8.6.2.1.
  private int segment;
  private int edge;
  private int largest;
  private int sent;

  @BeforeEach
  void listen() throws IOException {
    new Random(1).nextBytes(data);
    server = new ServerSocket();
    server.setReceiveBufferSize(100_000);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void close() throws IOException {
    guest.close();
    server.close();
    reader.shutdownNow();
  }

  private Socket connect(int mtu) throws IOException {
    guest = new ScriptedGuest(withSendBuffers(), mtu);
    Segment synAck = guest.connect(server.getLocalPort());
    segment = TcpOptions.mss(synAck.options());
    edge = guest.sequence + synAck.window();
    largest = synAck.window();
    return server.accept();
  }

  /** The real sockets, with smaller buffers. */
  private Sockets withSendBuffers() {
    Sockets real = new LinuxSockets();
    return (Sockets)
        Proxy.newProxyInstance(
            Sockets.class.getClassLoader(),
            new Class<?>[] {Sockets.class},
            (proxy, method, arguments) -> {
              Object result = method.invoke(real, arguments);
              if (method.getName().equals("socket")) {
                fd = (int) result;
                setSendBuffer(buffer);
              }
              return result;
            });
  }

  private void setSendBuffer(int bytes) {
    if (bytes > 0) {
      new LinuxSockets().setsockopt(fd, SocketLevel.SOCKET, SocketOption.SO_SNDBUF, bytes / 2);
    }
  }

  /**
   * Sends if the window has room for a segment, or for half of the largest window there ever was.
   */
  private boolean sendIfWorthwhile(int end) {
    int usable = edge - guest.sequence;
    int size = Math.min(segment, Math.min(usable, end - sent));
    if (size <= 0 || (size < segment && usable < largest / 2 && size < end - sent)) {
      return false;
    }
    byte[] payload = Arrays.copyOfRange(data, sent, sent + size);
    guest.send(ACK, payload);
    sent += size;
    return true;
  }

  private void takeAcknowledgments() {
    for (Segment each : guest.received()) {
      assertThat(each.acknowledgment()).isEqualTo(guest.sequence);
      int window = each.window() << SCALE;
      int newEdge = each.acknowledgment() + window;
      assertThat(newEdge - edge).as("how far the right edge moves").isNotNegative();
      edge = newEdge;
      largest = Math.max(largest, window);
    }
  }

  /** Sends up to a position of the stream while the peer reads. */
  private void sendUpTo(int end, Socket peer) throws Exception {
    int from = sent;
    InputStream in = peer.getInputStream();
    Future<byte[]> received = reader.submit(() -> in.readNBytes(end - from));
    while (sent < end) {
      takeAcknowledgments();
      if (!sendIfWorthwhile(end)) {
        guest.until(() -> !guest.sink.frames().isEmpty());
      }
    }
    guest.until(received::isDone);
    assertThat(received.get(1, TimeUnit.SECONDS)).isEqualTo(Arrays.copyOfRange(data, from, end));
  }

  /** Sends as far as the guest is let while nobody reads; tells how many bytes. */
  private int sendToNobody() {
    int from = sent;
    do {
      takeAcknowledgments();
    } while (sendIfWorthwhile(LENGTH));
    return sent - from;
  }

  @ParameterizedTest(name = "MTU {0}, {1} bytes")
  @CsvSource({
    "65520, 4608",
    "65520, 32768",
    "65520, 69120",
    "65520, 138240",
    "65520, 1000000",
    "9000, 4608",
    "9000, 20000",
    "1500, 4608",
    "1500, 16384"
  })
  void aStreamGetsThroughASmallSendBuffer(int mtu, int bytes) throws Exception {
    buffer = bytes;
    try (Socket peer = connect(mtu)) {
      sendUpTo(LENGTH, peer);
    }
  }

  @ParameterizedTest(name = "MTU {0}, {1} bytes")
  @CsvSource({
    "65520, 4608",
    "65520, 32768",
    "65520, 69120",
    "65520, 138240",
    "65520, 200000",
    "9000, 4608",
    "9000, 20000",
    "1500, 4608"
  })
  void aStreamGoesOnWhenTheSendBufferHasBecomeSmall(int mtu, int bytes) throws Exception {
    buffer = 1 << 20;
    try (Socket peer = connect(mtu)) {
      sendUpTo(LENGTH / 2, peer);
      assertThat(largest).isGreaterThan(4 * segment);
      setSendBuffer(bytes);
      sendUpTo(LENGTH, peer);
    }
  }

  @ParameterizedTest(name = "MTU {0}, {1} bytes")
  @CsvSource({"65520, 4608", "65520, 69120", "65520, 138240", "9000, 20000"})
  void lessThanASegmentIsHeldWhereNobodyReads(int mtu, int bytes) throws Exception {
    buffer = 1 << 20;
    try (Socket peer = connect(mtu)) {
      sendUpTo(LENGTH / 2, peer);
      setSendBuffer(bytes);
      sendUpTo(3 * (LENGTH / 4), peer); // what was offered before is used up
      long parked = guest.counters.value(Counter.TCP_PARKED);
      int all = sendToNobody();
      assertThat(all).isLessThan(LENGTH / 4);
      assertThat(guest.counters.value(Counter.TCP_PARKED) - parked).isLessThan(segment);
      byte[] expected = Arrays.copyOfRange(data, sent - all, sent);
      Future<byte[]> received = reader.submit(() -> peer.getInputStream().readNBytes(all));
      guest.until(received::isDone);
      assertThat(received.get()).isEqualTo(expected);
      sendUpTo(LENGTH, peer);
    }
  }

  /** Found by the campaign (docs/security.md): data for the guest told of the window before. */
  @Test
  void aWindowThatIsUsedUpIsReopenedByDataThatGoesTheOtherWay() throws IOException {
    buffer = 32_768;
    try (Socket peer = connect(1500)) {
      guest.window = 0;
      guest.send(ACK, "");
      peer.getOutputStream().write("held back by the guest's window".getBytes());
      assertThat(guest.received()).isEmpty();

      guest.window = 65_535;
      while (edge - guest.sequence > 0) {
        byte[] text = new byte[Math.min(segment, edge - guest.sequence)];
        guest.segment(ACK, guest.sequence, guest.expected, guest.options(), text);
        guest.sequence += text.length;
      }
      guest.flush();
      Segment last = guest.received().getLast();
      assertThat(last.acknowledgment()).isEqualTo(guest.sequence);
      assertThat(last.window()).isPositive();
    }
  }
}
