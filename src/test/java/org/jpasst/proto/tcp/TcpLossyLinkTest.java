package org.jpasst.proto.tcp;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Random;
import org.jpasst.linux.LinuxSockets;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever the link to the guest does: each byte arrives, once and in order, both ways. */
@Timeout(120)
final class TcpLossyLinkTest {
  private static final long TICK = 1_000_000;
  private static final int SIZE = 400_000;

  private final ByteBuffer buffer = ByteBuffer.allocate(65536);
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private boolean ended;

  @ParameterizedTest
  @CsvSource({
    "0.00, true, true, 1",
    "0.00, false, false, 2",
    "0.01, true, true, 3",
    "0.01, false, false, 4",
    "0.03, true, true, 5",
    "0.03, true, false, 6",
    "0.03, false, true, 7",
    "0.10, true, true, 8",
    "0.10, true, true, 9",
    "0.10, true, false, 10",
    "0.10, false, true, 11",
    "0.10, false, false, 12"
  })
  void eachByteArrivesOnceAndInOrderBothWays(
      double trouble, boolean sack, boolean timestamps, long seed) throws IOException {
    var random = new Random(seed);
    byte[] toPeer = new byte[SIZE];
    byte[] toGuest = new byte[SIZE];
    random.nextBytes(toPeer);
    random.nextBytes(toGuest);
    try (var server = ServerSocketChannel.open();
        var guest = new ScriptedGuest(new LinuxSockets())) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      guest.sack = sack;
      guest.timestamps = timestamps;
      guest.windowScale = 3;
      guest.connect(server.socket().getLocalPort());
      try (SocketChannel peer = server.accept()) {
        peer.configureBlocking(false);
        var model = new ModelGuest(guest, toPeer, toGuest, 100 * seed, trouble);
        long start = guest.now();
        run(guest, model, peer, ByteBuffer.wrap(toGuest));
      }
    }
    assertThat(received.toByteArray()).isEqualTo(toPeer);
  }

  private void run(ScriptedGuest guest, ModelGuest model, SocketChannel peer, ByteBuffer left)
      throws IOException {
    long deadline = guest.now() + SECONDS.toNanos(60);
    while (!model.isDone() || !ended || guest.flows.size() > 0) {
      assertThat(guest.now()).as("virtual time").isLessThan(deadline);
      move(peer, left);
      model.step();
      guest.advance(TICK);
    }
  }

  /** The peer sends and receives what it can. */
  private void move(SocketChannel peer, ByteBuffer left) throws IOException {
    if (left.hasRemaining()) {
      peer.write(left);
      if (!left.hasRemaining()) {
        peer.shutdownOutput();
      }
    }
    while (!ended) {
      int count = peer.read(buffer.clear());
      if (count == 0) {
        return;
      }
      ended = count < 0;
      received.write(buffer.array(), 0, Math.max(0, count));
    }
  }
}
