package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ObjectArrays;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest that stands still for longer than a SYN was once repeated loses nothing. */
@LabTest
final class StoppedGuestIT {
  private static final int PORT = 5001;
  private static final int MTU = 1500;
  private static final Duration SOON = Duration.ofSeconds(20);

  /** Together more than a receive queue of 256 buffers, or a socket's buffer, takes. */
  private static final int MANY = 40;

  private static final int MANY_BYTES = 20_000;

  /** passt gives an unanswered SYN up after 19 s. */
  private static final long PAUSE_SECONDS = 22;

  @Test
  void connectionsAndDataThatComeInAPauseArriveAfterIt() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--tcp-ports", Integer.toString(PORT));
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), MTU).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(guest.namespace(), "0.0.0.0", PORT);
        TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, server)) {
      pair.exchange((byte) 1);
      guest.stop();
      try (SocketChannel late = TcpPair.connect(lab.remote(), Lab.HOST4, PORT)) {
        write(late, "opened in the pause");
        long end = System.nanoTime() + Duration.ofSeconds(PAUSE_SECONDS).toNanos();
        for (int second = 0; second < PAUSE_SECONDS; second++) {
          write(pair.client(), "%02d ".formatted(second));
          long next = end - Duration.ofSeconds(PAUSE_SECONDS - second - 1).toNanos();
          Await.until("the next second", SOON, () -> System.nanoTime() >= next);
        }
        guest.goOn();
        try (SocketChannel accepted = server.accept()) {
          assertThat(read(accepted, "opened in the pause".length()))
              .isEqualTo("opened in the pause");
        }
        assertThat(read(pair.server(), (int) PAUSE_SECONDS * 3))
            .startsWith("00 01 02 ")
            .endsWith(" 20 21 ");
        pair.exchange((byte) 2);
      }
    }
  }

  /** The real passt ends most of these streams empty where the guest's memory is shared. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsSentUntilAllBuffersAreFullArrivesBeforeItsEnd(boolean vhostUser) throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, options(vhostUser));
        TapGuest guest =
            vhostUser
                ? TapGuest.connectVhostUser(lab, backEnd.socket(), MTU, List.of())
                : TapGuest.connect(lab, backEnd.socket(), MTU);
        ServerSocketChannel server =
            TcpPair.listen(guest.configure("cubic").namespace(), "0.0.0.0", PORT)) {
      List<TcpPair> pairs = new ArrayList<>();
      for (int i = 0; i < MANY; i++) {
        pairs.add(TcpPair.connect(lab.remote(), Lab.HOST4, PORT, server));
      }
      guest.stop();
      TrafficStream stream = new TrafficStream(1, MANY_BYTES);
      for (TcpPair each : pairs) {
        stream.sendTo(each.client());
      }
      Await.until(
          "all to have reached the back-end", SOON, () -> lab.remote().queuedBytes(PORT) == 0);
      guest.goOn();
      for (TcpPair each : pairs) {
        stream.expectFrom(each.server());
        each.close();
      }
    }
  }

  private static String[] options(boolean vhostUser) {
    String[] forward = {"--tcp-ports", Integer.toString(PORT)};
    return vhostUser ? ObjectArrays.concat(forward, "--vhost-user") : forward;
  }

  private static void write(SocketChannel channel, String text) throws Exception {
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
  }

  private static String read(SocketChannel channel, int length) throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // Comes in parts.
    }
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
  }
}
