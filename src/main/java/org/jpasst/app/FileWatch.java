package org.jpasst.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jpasst.linux.Inotify;

/**
 * Tells when what can be read at a path may have changed: the file is written, or another takes its
 * place, or that of a symbolic link on the way. systemd-resolved replaces the file behind the link,
 * Docker writes to a file that is mounted there, which its directory knows nothing of.
 */
final class FileWatch implements AutoCloseable {
  private static final int MAX_LINKS = 8;
  private static final int OF_FILE = Inotify.MODIFIED | Inotify.WRITTEN | Inotify.ATTRIBUTES;
  private static final int OF_DIRECTORY =
      Inotify.WRITTEN | Inotify.MOVED | Inotify.CREATED | Inotify.DELETED;

  private final Path file;
  private final Inotify inotify;

  /**
   * Starts watching; the file need not be there.
   *
   * @throws IOException if the kernel refuses
   */
  FileWatch(Path file) throws IOException {
    this.file = file;
    inotify = new Inotify();
    watch();
  }

  /** The descriptor, readable when something happened. */
  int fd() {
    return inotify.fd();
  }

  /** Whether anything has happened. What is at the path now is watched from now on. */
  boolean read() {
    boolean any = inotify.drain();
    if (any) {
      watch();
    }
    return any;
  }

  /** What can't be watched, such as a directory that isn't there, isn't. */
  private void watch() {
    inotify.watch(file, OF_FILE);
    Path path = file.toAbsolutePath();
    for (int i = 0; i < MAX_LINKS; i++) {
      inotify.watch(path.getParent(), OF_DIRECTORY);
      if (!Files.isSymbolicLink(path)) {
        return;
      }
      try {
        path = path.resolveSibling(Files.readSymbolicLink(path)).normalize();
      } catch (IOException e) {
        return; // gone meanwhile: its directory tells when there is another
      }
    }
  }

  @Override
  public void close() {
    inotify.close();
  }
}
