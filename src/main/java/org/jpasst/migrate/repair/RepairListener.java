package org.jpasst.migrate.repair;

import java.io.IOException;
import java.nio.file.Path;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.Poll;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketType;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.unix.UnixListener;

/**
 * Where a repair helper connects: one at a time, a second one is hung up on at once. As a {@link
 * RepairMode} it hands sockets to that helper, and waits a moment for one that is just coming. A
 * helper serves one migration: {@link #release} lets it go.
 *
 * <p>The loop may watch {@link #fd} and hand over to {@link #take} who comes; without that, helpers
 * are accepted when they are needed. Belongs to one thread.
 */
public final class RepairListener implements RepairMode, AutoCloseable {
  /** What the path of the guest's socket is followed by, unless told otherwise. */
  public static final String SUFFIX = ".repair";

  /** How long a missing helper is waited for while a guest stands still, as passt does. */
  static final int WAIT_MILLIS = 10;

  private final UnixListener listener;
  private final Sockets sockets;
  private final Log log;
  private final Poll poll = new Poll();
  private final SocketAddress peer = new SocketAddress();
  private HelperConnection helper;

  private RepairListener(UnixListener listener, Sockets sockets, Log log) {
    this.listener = listener;
    this.sockets = sockets;
    this.log = log;
    helper = new HelperConnection(sockets, -1);
  }

  /**
   * Listens at a path.
   *
   * @throws IOException with one line for the user if it can't
   */
  public static RepairListener open(Path path, Sockets sockets, Log log) throws IOException {
    return new RepairListener(UnixListener.open(path), sockets, log);
  }

  /** The listening descriptor, which stays this object's. */
  public int fd() {
    return listener.fd();
  }

  /** Where it listens. */
  public Path path() {
    return listener.path();
  }

  private void accept() {
    int accepted = sockets.accept(fd(), peer, SocketType.CLOEXEC);
    while (accepted >= 0) {
      take(accepted);
      accepted = sockets.accept(fd(), peer, SocketType.CLOEXEC);
    }
    if (accepted != -Errno.EAGAIN && accepted != -Errno.ECONNABORTED) {
      log.warn("the repair helper (passt-repair) couldn't connect: " + Errno.name(accepted));
    }
  }

  /** Whether a helper is connected now. */
  public boolean hasHelper() {
    accept();
    if (helper.isOpen() && helper.isGone()) {
      helper.close();
    }
    return helper.isOpen();
  }

  /**
   * Waits up to so many milliseconds for a helper, unless one is connected; tells whether one is.
   */
  boolean awaitHelper(int millis) {
    if (!hasHelper()) {
      poll.await(fd(), Poll.IN, millis);
    }
    return hasHelper();
  }

  @Override
  public void set(int[] fds, RepairCommand command) throws ErrnoException {
    if (fds.length == 0) {
      return;
    }
    if (!helper.isOpen() && !awaitHelper(WAIT_MILLIS)) {
      throw new ErrnoException(Errno.EAGAIN, "no repair helper is connected to " + path());
    }
    helper.set(fds, command);
  }

  /** Lets the helper go, after a migration, however that ended: by this it ends. */
  public void release() {
    helper.close();
  }

  /** Lets the helper go, stops listening and removes the socket's file. */
  @Override
  public void close() throws IOException {
    release();
    listener.close();
  }

  /**
   * Somebody has connected.
   *
   * @param accepted a connection that blocks, which this closes from now on
   */
  public void take(int accepted) {
    if (helper.isOpen() && helper.isGone()) {
      helper.close();
    }
    if (helper.isOpen()) {
      sockets.close(accepted);
      log.info("turned away a second repair helper: one is connected already");
    } else {
      helper = new HelperConnection(sockets, accepted);
      log.info("repair helper connected (passt-repair)");
    }
  }
}
