package org.jpasst.guest.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.GuestListener;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.unix.UnixListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GuestListenerTest {
  private static final int SOON_MILLIS = 5000;

  @TempDir Path directory;

  private final LinuxSockets sockets = new LinuxSockets();
  private final Counters counters = new Counters();
  private final Log log = new Log(LogLevel.INFO, System::nanoTime);
  private final List<String> messages = new ArrayList<>();
  private int connected;
  private int disconnected;
  private int come;
  private int gone;
  private int frames;
  private UnixListener listener;
  private EventLoop loop;
  private StreamLink link;

  @BeforeEach
  void open() throws IOException {
    log.addSink((level, at, message) -> messages.add(message));
    listener = UnixListener.open(directory.resolve("s"));
    loop = new EventLoop(System::nanoTime, counters, log);
    link = new StreamLink(loop, sockets, counters, log);
    link.deliverTo(new Receiver());
    loop.onTurnEnd(link);
    new GuestListener(loop, sockets, listener.fd(), link, new Visits(), log);
  }

  @AfterEach
  void close() throws IOException {
    link.close();
    loop.close();
    listener.close();
  }

  @Test
  void whoComesAndGoesIsALineWithTheProcess() throws IOException {
    String process = ", process " + ProcessHandle.current().pid();
    try (SocketChannel guest = connect()) {
      loop.turn(SOON_MILLIS);
      assertThat(link.isConnected()).isTrue();
      assertThat(messages).containsExactly("guest connected" + process);
      send(guest, 60);
    }
    awaitDisconnected(1);
    assertThat(messages)
        .containsExactly("guest connected" + process, "guest disconnected" + process);
  }

  @Test
  void whoSaysNothingIsToldOfAsSuch() throws IOException {
    connect().close();
    awaitDisconnected(1);

    assertThat(messages).last().asString().endsWith(", which has sent nothing");
  }

  @Test
  void whoConnectsAgainAndAgainIsAFewLinesThatTellHowOften() throws IOException {
    for (int i = 1; i <= 100; i++) {
      connect().close();
      awaitDisconnected(i);
    }
    log.tellLeftOut(true);

    assertThat(come).isEqualTo(100);
    assertThat(gone).isEqualTo(100);
    assertThat(messages)
        .hasSize(12)
        .filteredOn(line -> line.endsWith(": 95 times more since the last message"))
        .hasSize(2);
  }

  @Test
  void aSecondGuestIsClosedAtOnceAndTheFirstStays() throws IOException {
    try (SocketChannel first = connect()) {
      loop.turn(SOON_MILLIS);
      try (SocketChannel second = connect()) {
        loop.turn(SOON_MILLIS);
        assertThat(second.read(ByteBuffer.allocate(10))).isEqualTo(-1);
      }
      send(first, 60);
      loop.turn(SOON_MILLIS);
    }
    assertThat(frames).isEqualTo(1);
    assertThat(connected).isEqualTo(1);
    assertThat(messages.getLast())
        .contains("connected already")
        .contains(Long.toString(ProcessHandle.current().pid()));
  }

  @Test
  void guestsComeAndGo() throws IOException {
    for (int i = 1; i <= 20; i++) {
      try (SocketChannel guest = connect()) {
        loop.turn(SOON_MILLIS);
        send(guest, 100);
      }
      awaitDisconnected(i);
      assertThat(frames).isEqualTo(i);
    }
    assertThat(connected).isEqualTo(20);
    assertThat(loop.turn(0)).isZero();
  }

  @Test
  void garbageEndsItsConnectionAndNothingElse() throws IOException {
    for (int seed = 0; seed < 300; seed++) {
      var random = new SplittableRandom(seed);
      byte[] bytes = new byte[random.nextInt(4, 3000)];
      random.nextBytes(bytes);
      // Sometimes a plausible length first, so that the broken one comes later.
      if (random.nextBoolean()) {
        bytes[0] = 0;
        bytes[1] = 0;
        bytes[2] = (byte) random.nextInt(4);
      }
      try (SocketChannel guest = connect()) {
        guest.write(ByteBuffer.wrap(bytes));
        int before = disconnected;
        for (int i = 0; i < 3 && disconnected == before; i++) {
          loop.turn(0);
        }
      }
      while (link.isAttached()) {
        loop.turn(SOON_MILLIS);
      }
    }
    assertThat(connected).isEqualTo(300);
    assertThat(disconnected).isEqualTo(300);
    assertThat(counters.value(Counter.LOOP_FAILURES)).isZero();
    assertThat(counters.value(Counter.LINK_BAD_LENGTH)).isGreaterThan(200);
  }

  private void awaitDisconnected(int times) {
    while (disconnected < times) {
      assertThat(loop.turn(SOON_MILLIS)).isPositive();
    }
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(listener.path()));
  }

  private static void send(SocketChannel guest, int length) throws IOException {
    guest.write(ByteBuffer.allocate(4 + length).putInt(0, length));
  }

  private final class Visits implements GuestListener.Visits {
    @Override
    public void guestComes() {
      come++;
    }

    @Override
    public void guestIsGone() {
      gone++;
    }
  }

  private final class Receiver implements FrameReceiver {
    @Override
    public void onConnected(long now) {
      connected++;
    }

    @Override
    public void onDisconnected() {
      disconnected++;
    }

    @Override
    public void onFrame(Frame frame, long now) {
      frames++;
    }

    @Override
    public void onBatchEnd(long now) {}
  }
}
