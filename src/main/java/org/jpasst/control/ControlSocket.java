package org.jpasst.control;

import java.io.IOException;
import java.nio.file.Path;
import org.jpasst.linux.EpollFlag;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.loop.EventKey;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;
import org.jpasst.migrate.Migration;
import org.jpasst.unix.UnixListener;

/**
 * Where operators connect, a few at a time. Whoever may connect to the socket may do everything
 * with the guest's connections: its directory's permissions are what protects it.
 */
public final class ControlSocket implements AutoCloseable {
  private static final int MOST_CONNECTIONS = 8;

  private final UnixListener listener;
  private final Sockets sockets;
  private final EventLoop loop;
  private final Operator operator;
  private final Log log;
  private final ControlConnection[] connections = new ControlConnection[MOST_CONNECTIONS];
  private final int[] generations = new int[MOST_CONNECTIONS];
  private final SocketAddress peer = new SocketAddress();

  private ControlSocket(
      UnixListener listener, Sockets sockets, EventLoop loop, Migration migration, Log log) {
    this.listener = listener;
    this.sockets = sockets;
    this.loop = loop;
    this.log = log;
    operator = new Operator(migration);
    loop.handle(EventKind.CONTROL_LISTENER, (index, generation, events, now) -> accept());
    loop.handle(EventKind.CONTROL, (index, generation, events, now) -> onReady(index, generation));
    loop.add(listener.fd(), EpollFlag.IN, EventKey.encode(EventKind.CONTROL_LISTENER, 0, 0));
  }

  /**
   * Listens at a path.
   *
   * @throws IOException with one line for the user if it can't
   */
  public static ControlSocket open(
      Path path, Sockets sockets, EventLoop loop, Migration migration, Log log) throws IOException {
    return new ControlSocket(UnixListener.open(path), sockets, loop, migration, log);
  }

  private void accept() {
    int fd = sockets.accept(listener.fd(), peer, SocketType.NONBLOCK | SocketType.CLOEXEC);
    if (fd < 0) {
      return;
    }
    for (int i = 0; i < MOST_CONNECTIONS; i++) {
      if (connections[i] == null) {
        long key = EventKey.encode(EventKind.CONTROL, generations[i], i);
        if (loop.add(fd, EpollFlag.IN, key) < 0) {
          break;
        }
        connections[i] = new ControlConnection(sockets, operator, fd);
        return;
      }
    }
    log.warn("an operator was turned away: " + MOST_CONNECTIONS + " are connected already");
    sockets.close(fd);
  }

  private void onReady(int index, int generation) {
    ControlConnection connection = connections[index];
    boolean current = generation == (generations[index] & EventKey.GENERATION_MASK);
    if (connection != null && current && !connection.receive()) {
      connection.close();
      connections[index] = null;
      generations[index]++;
    }
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
