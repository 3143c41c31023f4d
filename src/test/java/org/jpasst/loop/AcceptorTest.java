package org.jpasst.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.Errno;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.proto.socket.FailingSockets;
import org.jpasst.stats.Counters;
import org.jpasst.unix.UnixListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AcceptorTest {
  private static final EventKind KIND = new EventKind("listening socket");
  private static final int SOON_MILLIS = 5000;

  @TempDir private Path directory;
  private final List<String> messages = new ArrayList<>();
  private final List<Integer> accepted = new ArrayList<>();
  private final Log log = new Log(LogLevel.INFO, System::nanoTime);
  private long time = 1_000_000_000;
  private UnixListener listener;
  private EventLoop loop;

  private final Sockets sockets = FailingSockets.failingOnce("accept", -Errno.EMFILE);

  @BeforeEach
  void open() throws IOException {
    log.addSink((level, at, message) -> messages.add(level + " " + message));
    listener = UnixListener.open(directory.resolve("s"));
    loop = new EventLoop(() -> time, new Counters(), log);
  }

  @AfterEach
  void close() throws IOException {
    accepted.forEach(sockets::close);
    loop.close();
    listener.close();
  }

  private Acceptor acceptor(Sockets by) {
    int flags = SocketType.NONBLOCK | SocketType.CLOEXEC;
    return new Acceptor(
        loop, by, KIND, listener.fd(), "a caller", flags, (fd, now) -> accepted.add(fd), log);
  }

  private SocketChannel call() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(listener.path()));
  }

  @Test
  void whoCannotBeAcceptedWaitsASecondAndTheLoopDoesNotSpin() throws IOException {
    acceptor(sockets);
    try (SocketChannel caller = call()) {
      assertThat(loop.turn(SOON_MILLIS)).isEqualTo(1);
      assertThat(accepted).isEmpty();
      assertThat(messages).hasSize(1);
      assertThat(messages.getFirst()).startsWith("ERROR cannot accept a caller: EMFILE");

      assertThat(loop.turn(0)).isZero();
      time += TimeUnit.SECONDS.toNanos(1) + TimeUnit.MILLISECONDS.toNanos(3);
      loop.turn(0);
      loop.turn(SOON_MILLIS);

      assertThat(accepted).hasSize(1);
      assertThat(caller.isConnected()).isTrue();
      assertThat(messages).hasSize(1);
    }
  }

  @Test
  void whoComesInAPauseIsAcceptedAfterIt() throws IOException {
    Acceptor acceptor = acceptor(new LinuxSockets());
    acceptor.pause();
    try (SocketChannel caller = call()) {
      assertThat(loop.turn(0)).isZero();
      acceptor.resume();
      loop.turn(SOON_MILLIS);

      assertThat(accepted).hasSize(1);
      assertThat(caller.isConnected()).isTrue();
    }
  }
}
