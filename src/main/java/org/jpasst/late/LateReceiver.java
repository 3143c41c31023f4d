package org.jpasst.late;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.Acceptor;
import org.jpasst.loop.Connections;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerWheel;
import org.jpasst.loop.TurnListener;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;
import org.jpasst.unix.UnixListener;

/**
 * The target: takes frames that reached the source after the guest's state was saved, and has the
 * guest given them behind what the state held.
 *
 * <p>What its own network brings meanwhile is held until the source has sent what the network had
 * under way when it learned where the guest is, for {@link #LONGEST_HOLD} at most: so frames stay
 * in order.
 */
public final class LateReceiver implements TurnListener, AutoCloseable {
  /** A source's back-end connects. */
  public static final EventKind LISTENER_EVENTS = new EventKind("listening socket for late frames");

  /** The connection to it is ready. */
  public static final EventKind EVENTS = new EventKind("connection for late frames, to the source");

  /** Longer than a network takes to learn by the announcements of a guest that has moved. */
  private static final long WINDOW = TimeUnit.SECONDS.toNanos(5);

  /** A frame that comes later isn't waited for: an order isn't worth more of a guest's time. */
  private static final long LONGEST_HOLD = TimeUnit.MILLISECONDS.toNanos(200);

  private static final int PLACE = 0;
  private static final int HOLD = 0; // timers
  private static final int END = 1;

  /** Where the guest is. */
  private enum Phase {
    /** Not on its way here, or here for so long that nothing comes late. */
    SETTLED,
    /** Its state is here. */
    LOADED,
    /** It runs, and frames may still come late. */
    RUNNING
  }

  private final UnixListener listener;
  private final PacketCache cache;
  private final GuestLink link;
  private final Sockets sockets;
  private final EventLoop loop;
  private final Counters counters;
  private final Log log;
  private final Connections<ReceivingConnection> connections;
  private final TimerWheel timers;
  private final MemorySegment buffer = SendingConnection.newBuffer();

  /** The last that came, which may have hung up already. */
  private Optional<ReceivingConnection> source = Optional.empty();

  private Phase phase = Phase.SETTLED;
  private Optional<Token> token = Optional.empty(); // of the guest that was loaded
  private long received;
  private long bytes;

  private LateReceiver(
      UnixListener listener,
      PacketCache cache,
      GuestLink link,
      Sockets sockets,
      EventLoop loop,
      Counters counters,
      Log log) {
    this.listener = listener;
    this.cache = cache;
    this.link = link;
    this.sockets = sockets;
    this.loop = loop;
    this.counters = counters;
    this.log = log;
    String whom = "the source of late frames";
    connections = new Connections<>(loop, EVENTS, 1, whom, Connections.Owner.NOBODY, log);
    timers = loop.newTimers((timer, now) -> onTimer(timer));
    int flags = SocketType.NONBLOCK | SocketType.CLOEXEC;
    new Acceptor(
        loop, sockets, LISTENER_EVENTS, listener.fd(), whom, flags, (fd, now) -> admit(fd), log);
    loop.onTurnEnd(this);
  }

  /**
   * Listens at a path, for this process's user alone.
   *
   * @param link the guest's, to notice that it runs
   * @throws IOException with one line for the user if it can't
   */
  public static LateReceiver open(
      Path path,
      PacketCache cache,
      GuestLink link,
      Sockets sockets,
      EventLoop loop,
      Counters counters,
      Log log)
      throws IOException {
    return new LateReceiver(
        UnixListener.openPrivate(path), cache, link, sockets, loop, counters, log);
  }

  private void admit(int fd) {
    if (connections.has(PLACE)) {
      log.limited(
          LogLevel.WARNING,
          "late.refused",
          "a source of late frames is turned away: another is connected");
      sockets.close(fd);
      return;
    }
    var connection = new ReceivingConnection(sockets, fd, buffer, new Source());
    source = Optional.of(connection);
    connections.add(PLACE, fd, connection);
  }

  /** The guest's state is loaded here: frames by this token are its. */
  public void expect(Token its) {
    token = Optional.of(its);
    phase = Phase.LOADED;
    received = 0;
    bytes = 0;
    cache.hold();
    greet();
  }

  /** Once both are known, the state and who sends: takes what has come so far. */
  private void greet() {
    if (phase == Phase.SETTLED || source.flatMap(ReceivingConnection::token).isEmpty()) {
      return;
    }
    if (!isOfGuest()) {
      log.warn("a source of late frames is turned away: they are for another guest");
      source.orElseThrow().refuse();
      source = Optional.empty();
      return;
    }
    ReceivingConnection its = source.orElseThrow();
    its.say(LateProtocol.LISTENING);
    if (phase == Phase.RUNNING) {
      its.say(LateProtocol.RUNNING);
    }
    its.accept();
  }

  private boolean isOfGuest() {
    return token.isPresent() && source.flatMap(ReceivingConnection::token).equals(token);
  }

  @Override
  public void onTurnEnd(long nowNanos) {
    if (phase == Phase.LOADED && link.isRunning()) {
      onRunning(nowNanos);
    }
  }

  private void onRunning(long now) {
    phase = Phase.RUNNING;
    timers.schedule(END, now + WINDOW);
    if (connections.has(PLACE) && isOfGuest()) {
      timers.schedule(HOLD, now + LONGEST_HOLD);
      source.orElseThrow().say(LateProtocol.RUNNING);
    } else {
      cache.release();
    }
  }

  private void onTimer(int timer) {
    if (timer == HOLD) {
      log.debug("late frames: the source hasn't caught up in time");
      endHold();
    } else {
      settle();
    }
  }

  /** Nothing comes late any more, for the guest is settled here, leaves, or is gone. */
  public void settle() {
    if (phase == Phase.SETTLED) {
      return;
    }
    phase = Phase.SETTLED;
    token = Optional.empty();
    timers.cancel(HOLD);
    timers.cancel(END);
    cache.release();
    log.info("late frames: " + received + " received from the source");
    source = Optional.empty();
    hangUp();
  }

  private void hangUp() {
    if (connections.has(PLACE)) {
      connections.hangUp(PLACE);
    }
  }

  private void endHold() {
    timers.cancel(HOLD);
    cache.release();
  }

  private final class Source implements ReceivingConnection.Owner {
    @Override
    public void onGreeting() {
      greet();
    }

    @Override
    public boolean onFrame(MemorySegment frame, long at, int length) {
      if (phase == Phase.SETTLED) {
        return false;
      }
      bytes += length;
      if (bytes > cache.limit()) {
        counters.increment(Counter.DROP_CACHE_FULL);
        return true;
      }
      received++;
      cache.addLate(frame, at, length);
      return true;
    }

    @Override
    public void onCaughtUp() {
      endHold();
    }

    @Override
    public void onEnd() {
      if (phase == Phase.RUNNING) {
        endHold();
      }
    }
  }

  @Override
  public void close() throws IOException {
    phase = Phase.SETTLED;
    connections.close();
    listener.close();
  }
}
