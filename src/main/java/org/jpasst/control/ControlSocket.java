package org.jpasst.control;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.Credentials;
import org.jpasst.linux.DescriptorMessage;
import org.jpasst.linux.Errno;
import org.jpasst.linux.PeerCredentials;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.UserNamespace;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.Acceptor;
import org.jpasst.loop.Connections;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.Outgoing;
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
  private final Operator operator;
  private final Log log;
  private final Connections<ControlConnection> connections;
  private final boolean[] timed = new boolean[MAX_CONNECTIONS];
  private final DescriptorMessage message = new DescriptorMessage();

  /** Whom this process was started by: it is somebody else when it serves. */
  private final int user = new Credentials().user();

  private final UserNamespace namespace = UserNamespace.own();

  private ControlSocket(UnixListener listener, Sockets sockets, Controlled run) {
    this.listener = listener;
    this.sockets = sockets;
    log = run.log();
    operator = new Operator(run);
    connections =
        new Connections<>(
            run.parts().loop(),
            CONNECTION_EVENTS,
            MAX_CONNECTIONS,
            "an operator",
            new Patience(),
            log);
    new Acceptor(
        run.parts().loop(),
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

  private void admit(int fd) {
    OptionalInt of = PeerCredentials.user(sockets, fd);
    int free = connections.free();
    if (of.isEmpty() || !isAllowed(of.getAsInt())) {
      turnAway(fd, Errno.EPERM, "an operator of another user");
    } else if (free == MAX_CONNECTIONS) {
      turnAway(fd, Errno.EBUSY, "an operator beyond the " + MAX_CONNECTIONS + " connected ones");
    } else {
      timed[free] = false;
      connections.add(free, fd, new ControlConnection(sockets, operator, fd, message));
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

  private void turnAway(int fd, int errno, String who) {
    log.limited(LogLevel.WARNING, "control.turned_away", who + " is turned away");
    Message answer = Message.error(who + " is turned away: " + Errno.name(errno), errno);
    new Outgoing(sockets, fd).send(answer.bytes());
    sockets.close(fd);
  }

  /** A request, or an answer to one, has {@link #PATIENCE} to come to its end. */
  private final class Patience implements Connections.Owner {
    @Override
    public void onAdvanced(int place, boolean turned, long now) {
      if (!connections.at(place).isBusy()) {
        connections.cancelTimeout(place);
        timed[place] = false;
      } else if (!timed[place] || turned) {
        connections.setTimeout(place, now + PATIENCE);
        timed[place] = true;
      }
    }

    @Override
    public void onTimeout(int place) {
      log.limited(
          LogLevel.WARNING,
          "control.slow",
          "an operator took more than "
              + TimeUnit.NANOSECONDS.toSeconds(PATIENCE)
              + " s for a request or its answer");
    }
  }

  @Override
  public void close() throws IOException {
    connections.close();
    listener.close();
  }
}
