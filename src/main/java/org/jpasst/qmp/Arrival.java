package org.jpasst.qmp;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.Acceptor;
import org.jpasst.loop.Connections;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerWheel;
import org.jpasst.migrate.Migration;
import org.jpasst.unix.UnixListener;

/**
 * A guest comes: the back-end at the source hands over its state, which is kept until QEMU has the
 * guest run here, and loaded then. Up to that moment nothing of it has touched the network, so that
 * it can be dropped if the guest goes on at the source. The guest's link stands still meanwhile:
 * its first frame meets connections, and not a stack that would reset them.
 */
public final class Arrival {
  /** A source's back-end connects. */
  public static final EventKind LISTENER_EVENTS =
      new EventKind("listening socket for a guest's state");

  /** The connection to it is ready. */
  public static final EventKind EVENTS = new EventKind("connection to the source's back-end");

  /** For a state of which nothing has come when the guest runs. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(1);

  /** For the next bytes of one that comes, and for the word that the guest doesn't go back. */
  private static final long STALL = TimeUnit.SECONDS.toNanos(5);

  private static final int PLACE = 0;
  private static final int WAITING = 0; // the timer

  /** Where the guest is. */
  private enum Phase {
    /** Nobody knows: QEMU hasn't said whether it boots one or waits for one. */
    UNKNOWN,
    INCOMING,
    HERE
  }

  private final UnixListener listener;
  private final Migration migration;
  private final Sockets sockets;
  private final Log log;
  private final Connections<TransferConnection> connections;
  private final TimerWheel timers;
  private final EventLoop loop;
  private Phase phase = Phase.UNKNOWN;
  private boolean paused; // the guest's link, by this
  private boolean running; // the guest, though it may be told nothing yet
  private Optional<HeldState> state = Optional.empty();
  private boolean connected; // the source's back-end
  private boolean complete; // the state
  private boolean committed; // the guest won't go on at the source

  private Arrival(
      UnixListener listener, Migration migration, Sockets sockets, EventLoop loop, Log log) {
    this.listener = listener;
    this.migration = migration;
    this.sockets = sockets;
    this.loop = loop;
    this.log = log;
    String whom = "the source's back-end";
    connections = new Connections<>(loop, EVENTS, 1, whom, Connections.Owner.NOBODY, log);
    timers = loop.newTimers((timer, now) -> onTimeout());
    new Acceptor(
        loop,
        sockets,
        LISTENER_EVENTS,
        listener.fd(),
        whom,
        SocketType.NONBLOCK | SocketType.CLOEXEC,
        (fd, now) -> admit(fd),
        log);
  }

  /**
   * Listens at a path, and has the guest's link stand still from now on.
   *
   * @throws IOException with one line for the user if it can't
   */
  static Arrival open(Path path, Migration migration, Sockets sockets, EventLoop loop, Log log)
      throws IOException {
    var arrival = new Arrival(UnixListener.openPrivate(path), migration, sockets, loop, log);
    arrival.pause();
    return arrival;
  }

  private void pause() {
    if (paused) {
      return;
    }
    try {
      migration.pause();
      paused = true;
    } catch (ErrnoException e) {
      log.warn("a guest that comes may lose its connections: " + e.getMessage());
    }
  }

  private void resume() {
    if (paused) {
      paused = false;
      migration.resume();
    }
  }

  /** Whether a guest is on its way here. */
  boolean isExpected() {
    return phase == Phase.INCOMING;
  }

  void onState(RunState runs, MigrationStatus last, long now) {
    if (runs == RunState.INMIGRATE || last == MigrationStatus.COMPLETED) {
      phase = Phase.INCOMING;
      pause();
      migration.prepare();
      if (runs == RunState.RUNNING) {
        onResumed(now);
      }
    } else {
      phase = Phase.HERE;
      resume();
    }
  }

  void onResumed(long now) {
    running = true;
    timers.schedule(WAITING, now + (state.isPresent() ? STALL : PATIENCE));
    goOnIfPossible();
  }

  /** The monitor doesn't say whether a guest comes: the one that is there isn't to wait for it. */
  void onSilence() {
    resume();
  }

  void onGone() {
    if (phase == Phase.INCOMING && state.isPresent()) {
      log.info("QEMU has gone before the guest runs here: its state is dropped");
    }
    phase = Phase.UNKNOWN;
    running = false;
    hangUp();
    drop();
    timers.cancel(WAITING);
    resume(); // so that the link learns that its guest is gone
  }

  /** There is no guest: the next may be one that comes. */
  void onNobody() {
    if (phase == Phase.UNKNOWN) {
      pause();
    }
  }

  private void admit(int fd) {
    if (phase == Phase.HERE || connections.has(PLACE)) {
      String why = phase == Phase.HERE ? "the guest is here already" : "another is connected";
      log.limited(LogLevel.WARNING, "arrival.refused", "a source is turned away: " + why);
      sockets.close(fd);
      return;
    }
    drop();
    connected = connections.add(PLACE, fd, new TransferConnection(sockets, fd, new Peer()));
  }

  private void hangUp() {
    if (connections.has(PLACE)) {
      connections.hangUp(PLACE);
    }
  }

  private boolean greeted(long version) {
    if (state.isPresent() || version != TransferFrame.VERSION) {
      log.warn(
          "a source is turned away: it speaks version "
              + version
              + " of the protocol, this is "
              + TransferFrame.VERSION);
      return false;
    }
    migration.prepare();
    state = Optional.of(new HeldState());
    return answer(TransferFrame.of(TransferTag.HELO, TransferFrame.VERSION));
  }

  private boolean answer(TransferFrame frame) {
    return connections.at(PLACE).send(frame);
  }

  private boolean add(TransferFrame frame) {
    if (state.isEmpty() || complete) {
      return false;
    }
    try {
      state.get().write(frame.content());
      return true;
    } catch (ErrnoException e) {
      log.warn("the guest's state is dropped: " + e.getMessage());
      return false;
    }
  }

  private boolean finished(long size) {
    if (state.isEmpty() || complete || state.get().size() != size) {
      return false;
    }
    complete = true;
    log.debug("the guest's state is here: " + size + " bytes");
    return answer(TransferFrame.of(TransferTag.HAVE, size));
  }

  private boolean committed() {
    if (!complete || committed) {
      return false;
    }
    committed = true;
    goOnIfPossible();
    return true;
  }

  private boolean cancelled() {
    log.info("the guest goes on at the source: its state is dropped");
    drop();
    return false;
  }

  private void drop() {
    state.ifPresent(HeldState::close);
    state = Optional.empty();
    complete = false;
    committed = false;
  }

  private final class Peer implements TransferConnection.Owner {
    @Override
    public boolean onFrame(TransferFrame frame) {
      if (running && phase == Phase.INCOMING) {
        timers.schedule(WAITING, loop.now() + STALL);
      }
      return switch (frame.tag()) {
        case HELO -> greeted(frame.number());
        case STAT -> add(frame);
        case DONE -> finished(frame.number());
        case GOES -> committed();
        case STAY -> cancelled();
        case HAVE, LOAD -> false;
      };
    }

    /**
     * A source that has said all, and is gone before the guest runs here, won't cancel any more.
     */
    @Override
    public void onEnd() {
      connected = false;
      if (phase == Phase.HERE) {
        return;
      }
      if (complete) {
        committed = true;
        goOnIfPossible();
      } else {
        drop();
      }
    }
  }

  private void onTimeout() {
    if (phase != Phase.INCOMING) {
      return;
    }
    if (complete) {
      load();
    } else {
      log.warn(
          "the guest runs, and nobody has brought the state of its connections: they are lost");
      goOn();
    }
  }

  private void goOnIfPossible() {
    if (phase == Phase.INCOMING && running && complete && committed) {
      load();
    }
  }

  private void load() {
    int errno = 0;
    try {
      migration.load(state.orElseThrow());
    } catch (IOException e) {
      log.error("cannot load the guest's state: " + e.getMessage());
      errno = ErrnoException.errnoOf(e);
    }
    goOn();
    if (connected) {
      answer(TransferFrame.of(TransferTag.LOAD, errno));
      connections.update(PLACE);
    }
  }

  private void goOn() {
    phase = Phase.HERE;
    timers.cancel(WAITING);
    drop();
    resume();
  }

  /** Nothing is told any more. */
  void close() throws IOException {
    phase = Phase.HERE;
    connections.close();
    listener.close();
  }
}
