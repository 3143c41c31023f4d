package org.jpasst.guest.capture;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Opens a capture's file at a path. */
final class CapturePath {
  private CapturePath() {}

  /**
   * What is there stays as it is; what isn't is made readable for its owner only.
   *
   * @throws IOException if it can't be opened
   */
  static FileChannel open(Path path) throws IOException {
    return FileChannel.open(
        path,
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }
}
