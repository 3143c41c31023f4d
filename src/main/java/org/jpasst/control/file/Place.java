package org.jpasst.control.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Collections;
import java.util.Set;
import org.jpasst.linux.Credentials;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;

/**
 * Where a name leads.
 *
 * @param file the end of its symbolic links, which may or may not be there
 * @param isName whether that can be renamed to. What leads through /proc/self/fd, such as
 *     /dev/stdout, is a descriptor, and stands for the file that is open, whatever its name
 */
record Place(Path file, boolean isName) {
  private static final Path PROC = Path.of("/proc");

  /** As many links as the kernel follows (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  private static final int ROOT = 0;

  /** What others than the owner may have. */
  private static final Set<PosixFilePermission> OF_OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  /**
   * Follows a name.
   *
   * @throws IOException if it leads in a circle
   */
  static Place of(Path path) throws IOException {
    Path at = path.toAbsolutePath();
    for (int i = 0; i < MAX_LINKS; i++) {
      if (!Files.isSymbolicLink(at)) {
        return new Place(at, true);
      }
      if (at.getParent().toRealPath().startsWith(PROC)) {
        return new Place(at, false);
      }
      at = at.resolveSibling(Files.readSymbolicLink(at));
    }
    throw new ErrnoException(Errno.ELOOP, "cannot open " + path);
  }

  /** Whether something is there. */
  boolean exists() {
    return Files.exists(file);
  }

  /** Whether that is neither a pipe nor a device nor a directory. */
  boolean isRegular() {
    return Files.isRegularFile(file);
  }

  /** The directory that it is in. */
  Path directory() {
    return file.getParent();
  }

  /** Whether it is its owner's alone, or can be made so. */
  boolean canBePrivate() throws IOException {
    return Collections.disjoint(Files.getPosixFilePermissions(file), OF_OTHERS)
        || new Credentials().user() == ROOT
        || isOurs();
  }

  private boolean isOurs() throws IOException {
    return user() == new Credentials().user();
  }

  /** Whose it is. */
  int user() throws IOException {
    return (int) Files.getAttribute(file, "unix:uid");
  }

  /** The group that it is of. */
  int group() throws IOException {
    return (int) Files.getAttribute(file, "unix:gid");
  }
}
