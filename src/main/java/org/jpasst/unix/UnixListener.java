package org.jpasst.unix;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;
import jnr.constants.platform.Errno;
import jnr.ffi.LastError;
import jnr.ffi.Runtime;
import jnr.unixsocket.UnixServerSocketChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketChannel;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.FileDescriptors;

/**
 * A listening UNIX stream socket at a path. A socket that nobody listens on any more is replaced;
 * anything else found there is left alone. Its own file is removed when it is closed.
 */
public final class UnixListener implements AutoCloseable {
  private static final int PATH_LIMIT = 108; // sun_path with its final zero, unix(7)
  private static final int BACKLOG = 0;
  private static final int OWNER_ONLY = 0600;
  private static final int NUMBERED_PATHS = 64;

  private final UnixServerSocketChannel channel;
  private final Path path;
  private final OwnFile file;

  private UnixListener(UnixServerSocketChannel channel, Path path) {
    this.channel = channel;
    this.path = path;
    file = OwnFile.at(path);
  }

  /**
   * Listens at a path.
   *
   * @throws IOException with one line for the user: the path is in use, isn't a socket, or can't be
   *     bound
   */
  public static UnixListener open(Path path) throws IOException {
    return open(path, false);
  }

  /**
   * The same, for clients of this process's own user only: nobody else has access to the file, from
   * its first moment on.
   *
   * @throws IOException as {@link #open(Path)} does
   */
  public static UnixListener openPrivate(Path path) throws IOException {
    return open(path, true);
  }

  private static UnixListener open(Path path, boolean isPrivate) throws IOException {
    String problem = problemAt(path);
    if (!problem.isEmpty()) {
      throw new IOException("cannot listen on " + path + ": " + problem);
    }
    UnixServerSocketChannel channel = UnixServerSocketChannel.open();
    try {
      Files.deleteIfExists(path);
      if (isPrivate) {
        int result = FileDescriptors.fchmod(channel.getFD(), OWNER_ONLY);
        ErrnoException.check(result, "cannot restrict who may connect");
      }
      channel.socket().bind(new UnixSocketAddress(path.toString()), BACKLOG);
      channel.configureBlocking(false);
      return new UnixListener(channel, path);
    } catch (IOException e) {
      channel.close();
      throw new IOException("cannot listen on " + path + ": " + reason(e), e);
    }
  }

  /**
   * Listens at the first of /tmp/passt_1.socket to /tmp/passt_64.socket that is free.
   *
   * @throws IOException if none is
   */
  public static UnixListener openFirstFree() throws IOException {
    return openFirstFree(Path.of("/tmp"));
  }

  static UnixListener openFirstFree(Path directory) throws IOException {
    for (int i = 1; i <= NUMBERED_PATHS; i++) {
      Path path = directory.resolve("passt_" + i + ".socket");
      if (problemAt(path).isEmpty()) {
        try {
          return open(path);
        } catch (IOException e) {
          // Somebody was faster, or the directory forbids it: the next one may do.
          continue;
        }
      }
    }
    throw new IOException(
        "cannot listen on any of "
            + directory
            + "/passt_1.socket to passt_"
            + NUMBERED_PATHS
            + ".socket: name a path with --socket");
  }

  /** The descriptor, non-blocking; it stays this object's. */
  public int fd() {
    return channel.getFD();
  }

  /** Where it listens. */
  public Path path() {
    return path;
  }

  /**
   * Whether only its file's owner can connect, and who may pass over the file's permissions, as
   * root may; as far as this process can see.
   */
  public boolean isPrivate() {
    return file.isPrivate();
  }

  /**
   * Stops listening and removes the file, unless it has been replaced since. It stays where this
   * process, as whom it runs by now, may not remove it.
   */
  @Override
  public void close() throws IOException {
    // First: as long as the socket is open no other file gets its inode.
    file.remove();
    channel.close();
  }

  /** What stands in the way of listening there, or an empty text. */
  private static String problemAt(Path path) throws IOException {
    if (path.toString().getBytes(StandardCharsets.UTF_8).length >= PATH_LIMIT) {
      return "the path is longer than " + (PATH_LIMIT - 1) + " bytes";
    }
    Optional<BasicFileAttributes> file = attributes(path);
    if (file.isEmpty()) {
      return "";
    }
    if (!file.get().isOther()) {
      return "there is a file that is not a socket: remove it, or choose another path";
    }
    return isListenedOn(path) ? "another process uses it: choose another path" : "";
  }

  private static boolean isListenedOn(Path path) throws IOException {
    try (UnixSocketChannel probe = UnixSocketChannel.open()) {
      probe.configureBlocking(false);
      try {
        probe.connect(new UnixSocketAddress(path.toString()));
        return true;
      } catch (IOException e) {
        // Whatever else it is (a full backlog, a socket of another type), somebody is there.
        Errno errno = Errno.valueOf(LastError.getLastError(Runtime.getSystemRuntime()));
        return errno != Errno.ECONNREFUSED && errno != Errno.ENOENT && errno != Errno.EACCES;
      }
    }
  }

  private static Optional<BasicFileAttributes> attributes(Path path) throws IOException {
    try {
      return Optional.of(
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static String reason(IOException e) {
    return Objects.requireNonNullElse(e.getMessage(), e.toString());
  }
}
