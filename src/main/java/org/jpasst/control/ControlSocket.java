package org.jpasst.control;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.Credentials;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.Errno;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.PeerCredentials;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.UserNamespace;
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
 * Where operators connect, a few at a time. An operator may do everything with the guest's traffic,
 * so it has to be of the user that this process was of when it began to listen, or root.
 */
public final class ControlSocket implements AutoCloseable {
  /** An operator connects. */
  public static final EventKind LISTENER_EVENTS = new EventKind("listening control socket");

  /** An operator's connection is ready. */
  public static final EventKind CONNECTION_EVENTS = new EventKind("control socket");

  static final int MAX_CONNECTIONS = 8;

  /** For the rest of a request, and for reading its answer. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

  private static final int ROOT = 0;

  private final UnixListener listener;
  private final Sockets sockets;
  private final EventLoop loop;
  private final Operator operator;
  private final Log log;
  private final TimerWheel timers;
  private final EventKeys connectionKeys;
  private final ControlConnection[] connections = new ControlConnection[MAX_CONNECTIONS];
  private final int[] generations = new int[MAX_CONNECTIONS];
  private final int[] watchedFor = new int[MAX_CONNECTIONS];
  private final boolean[] timed = new boolean[MAX_CONNECTIONS];
  private final DescriptorMessage message = new DescriptorMessage();

  /** Whom this process was started by: it is somebody else when it serves. */
  private final int user = new Credentials().user();

  private final UserNamespace namespace = UserNamespace.own();

  private ControlSocket(UnixListener listener, Sockets sockets, Controlled run) {
    this.listener = listener;
    this.sockets = sockets;
    loop = run.loop();
    log = run.log();
    operator = new Operator(run);
    timers = loop.newTimers(this::onTimer);
    connectionKeys = loop.handle(CONNECTION_EVENTS, new ConnectionEvents());
    new Acceptor(
        loop,
        sockets,
        LISTENER_EVENTS,
        listener.fd(),
        "an operator",
        SocketType.NONBLOCK | SocketType.CLOEXEC,
        (fd, now) -> admit(fd),
        log);
  }

  /**
   * Listens at a path.
   *
   * @param run what operators look at and change
   * @throws IOException with one line for the user if it can't
   */
  public static ControlSocket open(Path path, Sockets sockets, Controlled run) throws IOException {
    return new ControlSocket(UnixListener.openPrivate(path), sockets, run);
  }

  private long key(int index) {
    return connectionKeys.of(generations[index], index);
  }

  private void admit(int fd) {
    OptionalInt of = PeerCredentials.user(sockets, fd);
    int free = 0;
    while (free < MAX_CONNECTIONS && connections[free] != null) {
      free++;
    }
    if (of.isEmpty() || !isAllowed(of.getAsInt())) {
      turnAway(fd, Errno.EPERM, "an operator of another user");
    } else if (free == MAX_CONNECTIONS) {
      turnAway(fd, Errno.EBUSY, "an operator beyond the " + MAX_CONNECTIONS + " connected ones");
    } else {
      serve(free, fd);
    }
  }

  /**
   * Root, too, is shown under another number in a user namespace that doesn't map it, the same as
   * all others who aren't mapped. Then the file's permissions tell: who isn't its owner and has
   * passed them may pass over any permissions.
   */
  private boolean isAllowed(int of) {
    return of == user || of == ROOT || namespace.isUnmapped(of) && listener.isPrivate();
  }

  private void serve(int index, int fd) {
    var connection = new ControlConnection(sockets, operator, fd, message);
    watchedFor[index] = connection.interest();
    int result = loop.add(fd, watchedFor[index], key(index));
    if (result < 0) {
      log.warn("cannot watch an operator: " + Errno.name(result));
      connection.close();
    } else {
      connections[index] = connection;
    }
  }

  private void turnAway(int fd, int errno, String who) {
    log.limited(LogLevel.WARNING, "control.turned_away", who + " is turned away");
    byte[] answer = Message.error(who + " is turned away: " + Errno.name(errno), errno).bytes();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocateFrom(JAVA_BYTE, answer);
      int flags = MessageFlag.DONTWAIT | MessageFlag.NOSIGNAL;
      sockets.send(fd, memory, 0, answer.length, flags);
    }
    sockets.close(fd);
  }

  private final class ConnectionEvents implements EventHandler {
    @Override
    public void onReady(int index, int generation, int events, long now) {
      if (isCurrent(index, generation)) {
        advance(index, now);
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

  private void advance(int index, long now) {
    ControlConnection connection = connections[index];
    boolean wasAnswering = watchedFor[index] == EpollFlag.OUT;
    if (!connection.advance()) {
      hangUp(index);
      return;
    }
    int interest = connection.interest();
    if (interest != watchedFor[index]) {
      watchedFor[index] = interest;
      loop.modify(connection.fd(), interest, key(index));
    }
    boolean answering = interest == EpollFlag.OUT;
    if (!connection.isBusy()) {
      timers.cancel(index);
      timed[index] = false;
    } else if (!timed[index] || answering != wasAnswering) {
      timers.schedule(index, now + PATIENCE);
      timed[index] = true;
    }
  }

  private void onTimer(int id, long now) {
    if (connections[id] != null) {
      log.limited(
          LogLevel.WARNING,
          "control.slow",
          "an operator took more than "
              + TimeUnit.NANOSECONDS.toSeconds(PATIENCE)
              + " s for a request or its answer");
      hangUp(id);
    }
  }

  private void hangUp(int index) {
    connections[index].close();
    connections[index] = null;
    generations[index]++;
    timers.cancel(index);
    timed[index] = false;
  }

  @Override
  public void close() throws IOException {
    for (ControlConnection each : connections) {
      if (each != null) {
        each.close();
      }
    }
    listener.close();
  }
}
