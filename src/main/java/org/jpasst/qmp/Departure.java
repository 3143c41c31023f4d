package org.jpasst.qmp;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.UnixConnector;
import org.jpasst.log.Log;
import org.jpasst.loop.Connections;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.loop.TimerWheel;
import org.jpasst.migrate.Migration;

/**
 * A guest leaves: its state is saved once QEMU has stopped it, handed to the back-end at the
 * target, and void if QEMU has it go on here.
 */
public final class Departure {
  /** The connection to the target's back-end is ready. */
  public static final EventKind EVENTS = new EventKind("connection to the target's back-end");

  /** For a target's back-end that hasn't answered when the guest is gone. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(2);

  /** For one to load the state, if this process, which has two seconds, is to end meanwhile. */
  private static final long LAST_PATIENCE = TimeUnit.MILLISECONDS.toNanos(1500);

  private static final int PLACE = 0;
  private static final int UNANSWERED = 0; // timers
  private static final int ENDING = 1;

  /** How far the guest is. */
  private enum Phase {
    HERE,
    /** QEMU's migration is under way, and the guest may run. */
    LEAVING,
    /** Its state was saved. */
    SAVED,
    /** QEMU's migration has come to its end. */
    GONE
  }

  private final Path target;
  private final Migration migration;
  private final Runnable onTaken;
  private final Sockets sockets;
  private final EventLoop loop;
  private final Log log;
  private final UnixConnector connector = new UnixConnector();
  private final Connections<TransferConnection> connections;
  private final TimerWheel timers;
  private Phase phase = Phase.HERE;
  private MigrationStatus last = MigrationStatus.NONE;
  private boolean stopped; // the guest, by QEMU
  private boolean over; // QEMU's migration
  private boolean ready; // the target's back-end has answered
  private boolean loaded; // so it has, or can't
  private final List<Runnable> later = new ArrayList<>(); // waits for that

  /**
   * A guest that is here.
   *
   * @param target socket of the target's back-end
   * @param onTaken what is done once it goes on there
   */
  Departure(
      Path target,
      Migration migration,
      Runnable onTaken,
      Sockets sockets,
      EventLoop loop,
      Log log) {
    this.target = target;
    this.migration = migration;
    this.onTaken = onTaken;
    this.sockets = sockets;
    this.loop = loop;
    this.log = log;
    connections =
        new Connections<>(loop, EVENTS, 1, target.toString(), Connections.Owner.NOBODY, log);
    timers = loop.newTimers((timer, now) -> onTimer(timer));
  }

  void onMigration(MigrationStatus status, long now) {
    last = status;
    if (status.isBeginning() && phase == Phase.HERE) {
      begin();
    } else if (status.isSwitchover()) {
      onStopped();
    } else if (status.isOver()) {
      complete(now);
    } else if (status.isGivenUp()) {
      goOn();
    }
  }

  /** The user may have stopped it, too; it is the same for a migration that is under way. */
  void onStopped() {
    if (phase == Phase.LEAVING) {
      stopped = true;
      save();
    }
  }

  void onResumed() {
    if (phase == Phase.SAVED || phase == Phase.GONE) {
      goOn();
      if (last.isBeginning()) {
        begin();
      }
    }
    stopped = false;
  }

  /** QEMU has ended, or nothing is known of it any more. */
  void onGone() {
    if (phase == Phase.GONE) {
      whenHandedOver(this::forget, loop.now());
    } else {
      goOn();
    }
  }

  /** It goes on elsewhere for good, and another guest may be here. */
  private void forget() {
    phase = Phase.HERE;
    migration.leave();
  }

  /** Does something once the target's back-end has the state for which it waits, if it does. */
  void whenHandedOver(Runnable action, long now) {
    boolean underWay = phase == Phase.SAVED || phase == Phase.GONE;
    if (!underWay || loaded || !isConnected()) {
      action.run();
      return;
    }
    later.add(action);
    timers.schedule(ENDING, now + LAST_PATIENCE);
  }

  private void begin() {
    phase = Phase.LEAVING;
    stopped = false;
    over = false;
    loaded = false;
    hangUp();
    migration.prepare();
    int failure = connect();
    if (failure != 0) {
      log.warn(
          "cannot connect to "
              + target
              + ": "
              + Errno.name(failure)
              + ": if the back-end at the target isn't there in time, the guest's connections are"
              + " left behind");
    }
  }

  private int connect() {
    int fd = connector.connect(target.toString(), SocketType.STREAM | SocketType.NONBLOCK);
    if (fd < 0) {
      return -fd;
    }
    if (connections.add(PLACE, fd, new TransferConnection(sockets, fd, new Peer()))) {
      send(TransferFrame.of(TransferTag.HELO, TransferFrame.VERSION));
    }
    return 0;
  }

  private boolean isConnected() {
    return connections.has(PLACE);
  }

  private void send(TransferFrame frame) {
    goOn(connections.at(PLACE).send(frame));
  }

  private void goOn(boolean isUp) {
    if (isUp) {
      connections.update(PLACE);
    } else {
      connections.hangUp(PLACE);
    }
  }

  private void hangUp() {
    if (isConnected()) {
      connections.hangUp(PLACE);
    }
  }

  /** Saves the state, if there is a guest that has stopped, and somebody to take it. */
  private void save() {
    if (phase != Phase.LEAVING || !stopped) {
      return;
    }
    if (!isConnected()) {
      connect();
    }
    if (!ready) {
      return;
    }
    HeldState state = new HeldState();
    try {
      migration.save(state);
    } catch (IOException e) {
      state.close();
      log.error("cannot save the state for the target: " + e.getMessage());
      phase = Phase.HERE;
      hangUp();
      return;
    }
    phase = Phase.SAVED;
    goOn(connections.at(PLACE).send(state));
  }

  private void complete(long now) {
    if (phase == Phase.LEAVING) {
      over = true;
      stopped = true;
      save();
    }
    if (phase == Phase.SAVED) {
      phase = Phase.GONE;
      if (isConnected()) {
        send(TransferFrame.of(TransferTag.GOES));
      }
    } else if (phase == Phase.LEAVING) {
      timers.schedule(UNANSWERED, now + PATIENCE);
    }
  }

  /** The guest goes on here. */
  private void goOn() {
    boolean isSaved = phase == Phase.SAVED || phase == Phase.GONE;
    phase = Phase.HERE;
    if (isConnected()) {
      send(TransferFrame.of(TransferTag.STAY));
      hangUp();
    }
    if (isSaved) {
      log.info("the guest goes on here: migration was cancelled");
      migration.resume();
    }
    finish();
  }

  private void onTimer(int timer) {
    if (timer == ENDING) {
      finish();
    } else if (phase == Phase.LEAVING && over) {
      log.warn("the guest has moved away without its connections: " + target + " doesn't answer");
      phase = Phase.HERE;
      hangUp();
    }
  }

  private void finish() {
    List<Runnable> actions = List.copyOf(later);
    later.clear();
    actions.forEach(Runnable::run);
  }

  private boolean greeted(long version) {
    if (version != TransferFrame.VERSION) {
      log.warn(
          target
              + " speaks version "
              + version
              + " of the protocol, this is "
              + TransferFrame.VERSION);
      return false;
    }
    ready = true;
    // The connection itself is in the midst of what it does with this frame.
    loop.execute(this::saveLate);
    return true;
  }

  private void saveLate() {
    save();
    if (over) {
      complete(loop.now());
    }
  }

  private boolean loaded(int errno) {
    loaded = true;
    if (errno == 0) {
      log.info("the guest goes on at the target, with its connections");
      onTaken.run();
    } else {
      log.warn("the target can't go on with the guest's connections: " + Errno.name(errno));
    }
    finish();
    return true;
  }

  private final class Peer implements TransferConnection.Owner {
    @Override
    public boolean onFrame(TransferFrame frame) {
      return switch (frame.tag()) {
        case HELO -> greeted(frame.number());
        case HAVE -> true;
        case LOAD -> loaded((int) frame.number());
        default -> false;
      };
    }

    @Override
    public void onEnd() {
      ready = false;
      boolean isSaved = phase == Phase.SAVED || phase == Phase.GONE;
      if (isSaved && !loaded) {
        log.warn("the back-end at the target has hung up before it went on with the connections");
      }
      finish();
    }
  }

  /** Nothing is told any more. */
  void close() {
    phase = Phase.HERE;
    connections.close();
  }
}
