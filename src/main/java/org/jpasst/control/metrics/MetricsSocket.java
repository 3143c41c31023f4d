package org.jpasst.control.metrics;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.MetricsPlace;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.Acceptor;
import org.jpasst.loop.Connections;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.unix.UnixListener;

/**
 * Serves the metrics by HTTP. Who connects is trusted with numbers and with nothing else: a
 * connection has {@link #PATIENCE} in all, few are served at a time, and the text is made anew only
 * so often, whatever they ask.
 */
public final class MetricsSocket implements AutoCloseable {
  /** A client connects. */
  public static final EventKind LISTENER_EVENTS = new EventKind("listening metrics socket");

  /** A client's connection is ready. */
  public static final EventKind CONNECTION_EVENTS = new EventKind("metrics socket");

  /** Beyond them the oldest is hung up on. */
  static final int MAX_CONNECTIONS = 8;

  /** How long a connection may last. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

  /** How old a text may be: with the largest flow table one takes some milliseconds. */
  static final long FRESH = TimeUnit.MILLISECONDS.toNanos(100);

  private static final int BUFFER = 4096;

  private final Listener listener;
  private final Sockets sockets;
  private final EventLoop loop;
  private final Metrics metrics;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER);
  private final Connections<MetricsConnection> connections;
  private final long[] admitted = new long[MAX_CONNECTIONS];
  private final Map<Dialect, Page> pages = new EnumMap<>(Dialect.class);
  private long admissions;

  /** What was told at some time. */
  private record Page(String text, long time) {}

  /** A socket that listens, of either kind. */
  private record Listener(int fd, Closeable end) {}

  private MetricsSocket(
      Listener listener, Sockets sockets, EventLoop loop, Metrics metrics, Log log) {
    this.listener = listener;
    this.sockets = sockets;
    this.loop = loop;
    this.metrics = metrics;
    String whom = "a client of the metrics";
    connections =
        new Connections<>(
            loop, CONNECTION_EVENTS, MAX_CONNECTIONS, whom, Connections.Owner.NOBODY, log);
    new Acceptor(
        loop,
        sockets,
        LISTENER_EVENTS,
        listener.fd,
        whom,
        SocketType.NONBLOCK | SocketType.CLOEXEC,
        this::admit,
        log);
  }

  /**
   * Listens.
   *
   * @throws IOException with one line for the user if it can't
   */
  public static MetricsSocket open(
      MetricsPlace place, Metrics metrics, Sockets sockets, EventLoop loop, Log log)
      throws IOException {
    return new MetricsSocket(listen(place, sockets), sockets, loop, metrics, log);
  }

  private static Listener listen(MetricsPlace place, Sockets sockets) throws IOException {
    return switch (place) {
      case MetricsPlace.Unix unix -> {
        UnixListener listener = UnixListener.openPrivate(unix.path());
        yield new Listener(listener.fd(), listener::close);
      }
      case MetricsPlace.Loopback loopback -> {
        int fd = LoopbackPort.listen(loopback.endpoint(), sockets);
        yield new Listener(fd, () -> sockets.close(fd));
      }
    };
  }

  private void admit(int fd, long now) {
    int place = connections.free();
    if (place == MAX_CONNECTIONS) {
      place = oldest();
      connections.hangUp(place);
    }
    admitted[place] = admissions++;
    if (connections.add(place, fd, new MetricsConnection(sockets, fd, buffer, this::answer))) {
      connections.setTimeout(place, now + PATIENCE);
    }
  }

  private int oldest() {
    int oldest = 0;
    for (int i = 1; i < MAX_CONNECTIONS; i++) {
      oldest = admitted[i] < admitted[oldest] ? i : oldest;
    }
    return oldest;
  }

  private byte[] answer(HttpRequest request) {
    return request.status() == HttpRequest.OK
        ? HttpAnswer.of(request, text(request.dialect()))
        : HttpAnswer.refusal(request);
  }

  private String text(Dialect dialect) {
    long now = loop.now();
    return pages.compute(
            dialect,
            (each, last) ->
                last != null && now - last.time < FRESH ? last : new Page(metrics.text(each), now))
        .text;
  }

  @Override
  public void close() throws IOException {
    connections.close();
    listener.end.close();
  }
}
