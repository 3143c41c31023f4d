package org.jpasst.unix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** A file that this process has made, to be removed at its end if it is still the same then. */
public final class OwnFile {
  private static final Set<PosixFilePermission> FOR_OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");

  private final Path path;

  /** Device and inode; nothing if it was gone at once. */
  private final Optional<Object> key;

  private OwnFile(Path path, Optional<Object> key) {
    this.path = path;
    this.key = key;
  }

  /** The file that is at a path now. */
  public static OwnFile at(Path path) {
    Path real = real(path);
    return new OwnFile(real, key(real));
  }

  /** The same as long as the process runs, whatever its working directory becomes. */
  private static Path real(Path path) {
    Path absolute = path.toAbsolutePath();
    try {
      return absolute.getParent().toRealPath().resolve(absolute.getFileName());
    } catch (IOException e) {
      return absolute;
    }
  }

  /**
   * Removes it, unless somebody has removed or replaced it. Where this process may not do so any
   * more, as another user or in a sandbox, it stays.
   */
  public void remove() {
    try {
      if (key.isPresent() && Objects.equals(key, key(path))) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // It stays: whoever starts a program there next replaces it.
    }
  }

  /**
   * Whether it is still there, and nobody but its owner has access: the mode has no bit for others,
   * and none for a group, which is also the mask of an access control list (acl(5)).
   */
  boolean isPrivate() {
    try {
      return key.isPresent()
          && Objects.equals(key, key(path))
          && Collections.disjoint(
              Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS), FOR_OTHERS);
    } catch (IOException e) {
      return false;
    }
  }

  private static Optional<Object> key(Path path) {
    try {
      return Optional.ofNullable(
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
              .fileKey());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
