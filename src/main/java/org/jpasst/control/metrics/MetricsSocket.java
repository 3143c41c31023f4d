package org.jpasst.control.metrics;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.MetricsPlace;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.Acceptor;
import org.jpasst.loop.EventHandler;
import org.jpasst.loop.EventKey;
import org.jpasst.loop.EventKeys;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerWheel;
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
  private final Log log;
  private final TimerWheel timers;
  private final EventKeys connectionKeys;
  private final MemorySegment buffer = Arena.ofAuto().allocate(BUFFER);
  private final MetricsConnection[] connections = new MetricsConnection[MAX_CONNECTIONS];
  private final int[] generations = new int[MAX_CONNECTIONS];
  private final int[] watchedFor = new int[MAX_CONNECTIONS];
  private final long[] admitted = new long[MAX_CONNECTIONS];
  private final Map<Dialect, Page> pages = new EnumMap<>(Dialect.class);
  private long admissions;

  /** What was told at some time. */
  private record Page(String text, long time) {}

  /** A socket that listens, of either kind. */
  private interface Listener extends AutoCloseable {
    int fd();

    @Override
    void close() throws IOException;
  }

  private MetricsSocket(
      Listener listener, Sockets sockets, EventLoop loop, Metrics metrics, Log log) {
    this.listener = listener;
    this.sockets = sockets;
    this.loop = loop;
    this.metrics = metrics;
    this.log = log;
    timers = loop.newTimers((id, now) -> hangUp(id));
    connectionKeys = loop.handle(CONNECTION_EVENTS, new ConnectionEvents());
    new Acceptor(
        loop,
        sockets,
        LISTENER_EVENTS,
        listener.fd(),
        "a client of the metrics",
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
        yield new Listener() {
          @Override
          public int fd() {
            return listener.fd();
          }

          @Override
          public void close() throws IOException {
            listener.close();
          }
        };
      }
      case MetricsPlace.Loopback loopback -> {
        int fd = LoopbackPort.listen(loopback.endpoint(), sockets);
        yield new Listener() {
          @Override
          public int fd() {
            return fd;
          }

          @Override
          public void close() {
            sockets.close(fd);
          }
        };
      }
    };
  }

  private long key(int index) {
    return connectionKeys.of(generations[index], index);
  }

  private void admit(int fd, long now) {
    int index = room();
    var connection = new MetricsConnection(sockets, fd, buffer, this::answer);
    watchedFor[index] = connection.interest();
    int result = loop.add(fd, watchedFor[index], key(index));
    if (result < 0) {
      log.limited(
          LogLevel.WARNING,
          "metrics.unwatched",
          "cannot watch a client of the metrics: " + Errno.name(result));
      connection.close();
      return;
    }
    connections[index] = connection;
    admitted[index] = admissions++;
    timers.schedule(index, now + PATIENCE);
  }

  /** A free place: where all are taken, that of who came first. */
  private int room() {
    int oldest = 0;
    for (int i = 0; i < MAX_CONNECTIONS; i++) {
      if (connections[i] == null) {
        return i;
      }
      oldest = admitted[i] < admitted[oldest] ? i : oldest;
    }
    hangUp(oldest);
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

  private final class ConnectionEvents implements EventHandler {
    @Override
    public void onReady(int index, int generation, int events, long now) {
      if (isCurrent(index, generation)) {
        advance(index);
      }
    }

    @Override
    public void onFailure(int index, int generation, long now) {
      if (isCurrent(index, generation)) {
        hangUp(index);
      }
    }
  }

  private boolean isCurrent(int index, int generation) {
    return connections[index] != null
        && generation == (generations[index] & EventKey.GENERATION_MASK);
  }

  private void advance(int index) {
    MetricsConnection connection = connections[index];
    if (!connection.advance()) {
      hangUp(index);
      return;
    }
    int interest = connection.interest();
    if (interest != watchedFor[index]) {
      watchedFor[index] = interest;
      loop.modify(connection.fd(), interest, key(index));
    }
  }

  private void hangUp(int index) {
    if (connections[index] != null) {
      connections[index].close();
      connections[index] = null;
      generations[index]++;
      timers.cancel(index);
    }
  }

  @Override
  public void close() throws IOException {
    Arrays.stream(connections).filter(each -> each != null).forEach(MetricsConnection::close);
    listener.close();
  }
}
