package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jpasst.config.GuestSocket;
import org.jpasst.guest.GuestListener;
import org.jpasst.linux.Errno;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;
import org.jpasst.log.Log;
import org.jpasst.unix.UnixListener;

/** Where a guest comes in: a listening UNIX socket, or a connected one that was inherited. */
sealed interface GuestEntrance extends AutoCloseable {

  /**
   * Opens it.
   *
   * @throws LaunchException if the path is in use or the descriptor isn't open
   */
  static GuestEntrance open(GuestSocket socket) throws LaunchException {
    try {
      return switch (socket) {
        case GuestSocket.Listen(Path path) -> new Listening(UnixListener.open(path));
        case GuestSocket.ListenAtFirstFree() -> new Listening(UnixListener.openFirstFree());
        case GuestSocket.Inherited(int fd) -> new Connected(owned(fd));
      };
    } catch (IOException e) {
      throw new LaunchException(e.getMessage());
    }
  }

  /** Keeps an inherited descriptor off the numbers of standard input, output and error. */
  private static int owned(int fd) throws LaunchException {
    int own = new FileDescriptors().fcntl(fd, FileFlag.F_DUPFD_CLOEXEC, 3);
    if (own < 0) {
      throw new LaunchException("--fd " + fd + ": not an open descriptor: " + Errno.name(own));
    }
    new FileDescriptors().close(fd);
    return own;
  }

  /** The path that guests can connect to. */
  Optional<Path> path();

  /**
   * Lets guests in.
   *
   * @param once whether the run ends with the first guest
   * @throws LaunchException if the descriptor can't be used
   */
  void admit(Backend backend, boolean once, Log log) throws LaunchException;

  @Override
  void close() throws IOException;

  /** Guests connect, one after the other. */
  record Listening(UnixListener listener) implements GuestEntrance {
    @Override
    public Optional<Path> path() {
      return Optional.of(listener.path());
    }

    @Override
    public void admit(Backend backend, boolean once, Log log) {
      if (once) {
        backend.link().onGone(backend.loop()::stop);
      }
      new GuestListener(backend.loop(), backend.sockets(), backend.link(), log)
          .listen(listener.fd());
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  /** There is one guest, and with it the run ends. */
  record Connected(int fd) implements GuestEntrance {
    @Override
    public Optional<Path> path() {
      return Optional.empty();
    }

    @Override
    public void admit(Backend backend, boolean once, Log log) throws LaunchException {
      backend.link().onGone(backend.loop()::stop);
      int result = backend.link().attach(fd);
      if (result < 0) {
        throw new LaunchException("the guest's descriptor can't be used: " + Errno.name(result));
      }
    }

    @Override
    public void close() {
      // The link closes the connection it was given.
    }
  }
}
