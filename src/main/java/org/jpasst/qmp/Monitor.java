package org.jpasst.qmp;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jpasst.linux.Errno;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.linux.UnixConnector;
import org.jpasst.log.Log;
import org.jpasst.loop.Connections;
import org.jpasst.loop.EventKind;
import org.jpasst.loop.EventLoop;

/**
 * QEMU's monitor: connects when it is there and a guest is, again for each guest. QEMU makes the
 * monitor's socket before it starts a {@code -netdev passt}, and answers there once it has started;
 * a {@code -netdev stream} is there a moment before or after it.
 *
 * <p>Of each monitor QEMU serves one client at a time; another one's connection waits.
 */
public final class Monitor implements AutoCloseable {
  /** The monitor's connection is ready. */
  public static final EventKind EVENTS = new EventKind("QEMU's monitor");

  /** Between two attempts to connect. */
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

  /** For a guest that is there, to have a monitor that answers. */
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

  private static final int PLACE = 0;

  private final Path path;
  private final Sockets sockets;
  private final EventLoop loop;
  private final BooleanSupplier guest;
  private final MonitorListener listener;
  private final Log log;
  private final UnixConnector connector = new UnixConnector();
  private final Connections<MonitorConnection> connections;
  private int failure; // of the last attempt to connect
  private boolean wasThere; // the guest
  private long since; // when the guest came
  private boolean connected; // to the monitor, at some time since it was given up last
  private boolean givenUp; // the monitor of this guest

  /**
   * Watches the monitor at a path from now on.
   *
   * @param guest whether there is one
   */
  Monitor(
      Path path,
      BooleanSupplier guest,
      MonitorListener listener,
      Sockets sockets,
      EventLoop loop,
      Log log) {
    this.path = path;
    this.guest = guest;
    this.listener = listener;
    this.sockets = sockets;
    this.loop = loop;
    this.log = log;
    connections =
        new Connections<>(loop, EVENTS, 1, "QEMU's monitor", Connections.Owner.NOBODY, log);
    connect();
    loop.every(PAUSE, this::look);
  }

  private void look(long now) {
    boolean isThere = guest.getAsBoolean();
    if (isThere != wasThere) {
      wasThere = isThere;
      since = now;
      givenUp = false;
    }
    if (connected && !isConnected()) {
      // One that has hung up, or was hung up on, would do so again.
      connected = false;
      givenUp = true;
    }
    if (isThere && !givenUp && !isConnected()) {
      connect();
    }
    if (isThere && !givenUp && !isAnswering() && now - since > PATIENCE) {
      givenUp = true;
      log.warn("QEMU's monitor " + path + ": " + silence());
      listener.onSilence(now);
    }
  }

  private String silence() {
    return isConnected()
        ? "no answer; it serves one client: start QEMU with a second -qmp for this one"
        : "cannot connect: "
            + Errno.name(failure)
            + ": start QEMU with -qmp unix:PATH,server=on,"
            + "wait=off, as this process's user";
  }

  private boolean isConnected() {
    return connections.has(PLACE);
  }

  private boolean isAnswering() {
    return isConnected() && connections.at(PLACE).isAnswering();
  }

  private void connect() {
    int fd = connector.connect(path.toString(), SocketType.STREAM | SocketType.NONBLOCK);
    failure = Math.max(0, -fd);
    if (fd >= 0) {
      connected =
          connections.add(PLACE, fd, new MonitorConnection(sockets, fd, loop, listener, log));
    }
  }

  @Override
  public void close() {
    connections.close();
  }
}
