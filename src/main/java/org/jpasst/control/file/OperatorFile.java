package org.jpasst.control.file;

import java.io.IOException;
import java.nio.file.Path;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;

/**
 * A file for one command, open as the command needs it. If it is closed without {@link #commit}, as
 * the command has failed, everything under the name that was given is as it was before.
 */
public sealed interface OperatorFile extends AutoCloseable
    permits PlainFile, OverwrittenFile, ReplacedFile {

  /** What files hold is the guest's traffic: nobody but their owner is to read it. */
  int OWN_ACCESS = 0600;

  /** What a command does with its file. */
  enum Use {
    /** Reads it. */
    READ,
    /** Writes it for as long as it likes, under its name from the first byte on. */
    OVERWRITE,
    /** Writes it once, as a whole. */
    REPLACE
  }

  /**
   * Opens one.
   *
   * @param flags more of open(2)'s, for what is no regular file
   * @throws ErrnoException if that isn't possible
   */
  static OperatorFile open(Path path, Use use, int flags) throws IOException {
    return switch (use) {
      case READ -> new PlainFile(descriptor(path, FileFlag.O_RDONLY | flags));
      case OVERWRITE -> OverwrittenFile.open(path, flags);
      case REPLACE -> ReplacedFile.open(path, flags);
    };
  }

  /** One that somebody else has opened, and cares for. */
  static OperatorFile of(int fd) {
    return new PlainFile(fd);
  }

  private static int descriptor(Path path, int flags) throws ErrnoException {
    int fd = FileDescriptors.open(path.toString(), flags | FileFlag.O_CLOEXEC, OWN_ACCESS);
    return ErrnoException.check(fd, "cannot open " + path);
  }

  /** The descriptor to read or write by, which becomes the caller's; once. */
  int take();

  /**
   * It is known that the command succeeds: what was written stays under the name.
   *
   * @throws IOException if it can't be put there, in one line
   */
  void commit() throws IOException;

  @Override
  void close();
}
