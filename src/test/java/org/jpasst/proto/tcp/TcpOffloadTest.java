package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
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
}
