package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Random;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.linux.LinuxSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Towards a guest that completes checksums and cuts segments itself. */
@Timeout(60)
final class TcpOffloadTest {
  private static final int MSS = 1460;
  private static final LinkCapabilities ALL = new LinkCapabilities(true, true, true, true, true);
  private static final LinkCapabilities CHECKSUMS =
      new LinkCapabilities(true, false, false, false, false);

  private static final int WAIT_MILLIS = 10;

  private final byte[] data = new byte[60_000];
  private ScriptedGuest guest;
  private ServerSocket server;

  @BeforeEach
  void open() throws IOException {
    new Random(5).nextBytes(data);
    guest = new ScriptedGuest(new LinuxSockets());
    server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    guest.close();
    server.close();
  }

  /** What the guest has when the peer has sent everything; checksums are verified on the way. */
  private byte[] receiveAll() throws IOException {
    guest.connect(server.getLocalPort());
    var received = new ByteArrayOutputStream();
    try (Socket peer = server.accept()) {
      peer.getOutputStream().write(data);
      while (received.size() < data.length) {
        Segment segment = guest.expectText();
        assertThat(segment.sequence()).isEqualTo(guest.expected);
        received.write(segment.payload());
        guest.expected += segment.payload().length;
        guest.acknowledge(guest.expected);
      }
    }
    return received.toByteArray();
  }

  @Test
  void framesStandForManySegmentsOfTheMaximumSize() throws IOException {
    guest.sink.setCapabilities(ALL);
    assertThat(receiveAll()).isEqualTo(data);
    assertThat(guest.sink.segmentSizes()).contains(MSS).hasSizeLessThan(data.length / MSS / 3);
  }

  @Test
  void aSegmentThatIsAloneIsNotCut() throws IOException {
    guest.sink.setCapabilities(ALL);
    guest.connect(server.getLocalPort());
    try (Socket peer = server.accept()) {
      peer.getOutputStream().write(data, 0, MSS);
      assertThat(guest.expectText().payload()).hasSize(MSS);
      assertThat(guest.sink.segmentSizes()).containsExactly(0);
    }
  }

  @Test
  void onlyChecksumsAreLeftToAGuestThatDoesNotCut() throws IOException {
    guest.sink.setCapabilities(CHECKSUMS);
    assertThat(receiveAll()).isEqualTo(data);
    assertThat(guest.sink.segmentSizes()).containsOnly(0);
  }

  @Test
  void aGuestWithoutRoomForLongFramesGetsSingleSegments() throws IOException {
    guest.sink.setCapabilities(ALL);
    guest.sink.setLongest(1514);
    assertThat(receiveAll()).isEqualTo(data);
    assertThat(guest.sink.segmentSizes()).containsOnly(0);
  }

  @Test
  void roomForLessThanASegmentIsNotAskedForAgainUntilTheLinkTellsOfMore() throws IOException {
    guest.connect(server.getLocalPort());
    try (Socket peer = server.accept()) {
      guest.sink.setLongest(MSS);
      peer.getOutputStream().write(data, 0, MSS);
      for (int idle = 0; idle < 2; ) {
        idle = guest.loop.turn(WAIT_MILLIS) == 0 ? idle + 1 : 0;
      }
      long start = System.nanoTime();
      guest.loop.turn(WAIT_MILLIS);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(9));

      guest.sink.setLongest(Integer.MAX_VALUE);
      guest.tcp.onRoom(guest.loop.now());
      assertThat(guest.expectText().payload()).hasSize(MSS);
    }
  }
}
