package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ObjectArrays;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.RunningTraffic;
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

  /**
   * passt gives an unanswered SYN up after 19 s. By hand 330, with {@code
   * -Djunit.jupiter.execution.timeout.mode=disabled}.
   */
  private static final int PAUSE_SECONDS = Integer.getInteger("jpasst.pause", 22);

  /**
   * Behind vhost-user a stopped guest is one that doesn't answer: its SYN is repeated for 4 min.
   */
  private static final int SYN_SECONDS = 200;

  private static final TrafficStream BULK = new TrafficStream(5, 0);
  private static final long SOME = 8 << 20;

  /** A guest behind one kind of link, with a peer that talks slowly, and perhaps a fast one. */
  private static final class Scene implements AutoCloseable {
    private final Lab lab = Lab.open();
    private final BackEnd backEnd;
    private final TapGuest guest;
    private final ServerSocketChannel server;
    private final TcpPair slow;
    private final Optional<Bulk> bulk;
    private SocketChannel late;

    Scene(boolean vhostUser, boolean busy) throws IOException {
      backEnd = BackEnd.start(lab, options(vhostUser));
      guest =
          vhostUser
              ? TapGuest.connectVhostUser(lab, backEnd.socket(), MTU, List.of())
              : TapGuest.connect(lab, backEnd.socket(), MTU);
      server = TcpPair.listen(guest.configure("cubic").namespace(), "0.0.0.0", PORT);
      slow = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, server);
      TcpPair second = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, server);
      bulk = busy ? Optional.of(new Bulk(second)) : Optional.empty();
    }

    void stop() throws IOException {
      slow.exchange((byte) 1);
      bulk.ifPresent(Bulk::start);
      guest.stop();
    }

    void say(int second) throws IOException {
      if (second == Math.max(0, PAUSE_SECONDS - SYN_SECONDS)) {
        late = TcpPair.connect(lab.remote(), Lab.HOST4, PORT);
        write(late, "opened in the pause");
      }
      write(slow.client(), "%03d ".formatted(second));
    }

    void goOn() throws IOException {
      guest.goOn();
      try (SocketChannel accepted = server.accept()) {
        assertThat(read(accepted, "opened in the pause".length())).isEqualTo("opened in the pause");
      }
      assertThat(read(slow.server(), PAUSE_SECONDS * 4))
          .startsWith("000 001 002 ")
          .endsWith(" %03d ".formatted(PAUSE_SECONDS - 1));
      slow.exchange((byte) 2);
      if (bulk.isPresent()) {
        bulk.get().goOn();
      }
    }

    @Override
    public void close() throws IOException {
      late.close();
      slow.close();
      if (bulk.isPresent()) {
        bulk.get().pair().close();
      }
      server.close();
      guest.close();
      backEnd.close();
      lab.close();
    }
  }

  /** A stream that fills whatever is on its way to the guest. */
  private record Bulk(TcpPair pair, RunningTraffic received) {
    Bulk(TcpPair pair) {
      this(pair, RunningTraffic.receiving(BULK, pair.server()));
    }

    void start() {
      RunningTraffic.sending(BULK, pair.client());
      received.awaitProgress(SOME);
    }

    void goOn() throws IOException {
      received.awaitProgress(SOME);
      write(pair.server(), "both ways");
      assertThat(read(pair.client(), "both ways".length())).isEqualTo("both ways");
    }
  }

  @Test
  void connectionsAndDataThatComeInAPauseArriveAfterIt() throws Exception {
    try (Scene stream = new Scene(false, false);
        Scene busyStream = new Scene(false, true);
        Scene vhostUser = new Scene(true, false);
        Scene busyVhostUser = new Scene(true, true)) {
      List<Scene> scenes = List.of(stream, busyStream, vhostUser, busyVhostUser);
      for (Scene each : scenes) {
        each.stop();
      }
      long end = System.nanoTime() + Duration.ofSeconds(PAUSE_SECONDS).toNanos();
      for (int second = 0; second < PAUSE_SECONDS; second++) {
        for (Scene each : scenes) {
          each.say(second);
        }
        long next = end - Duration.ofSeconds(PAUSE_SECONDS - second - 1).toNanos();
        Await.until("the next second", SOON, () -> System.nanoTime() >= next);
      }
      for (Scene each : scenes) {
        each.goOn();
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

  private static void write(SocketChannel channel, String text) throws IOException {
    channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
  }

  private static String read(SocketChannel channel, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // Comes in parts.
    }
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.US_ASCII);
  }
}
