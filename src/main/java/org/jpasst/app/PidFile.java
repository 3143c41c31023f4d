package org.jpasst.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.jpasst.unix.OwnFile;

/** The file that tells which process serves, where one is asked for. */
final class PidFile implements AutoCloseable {
  private static final Set<OpenOption> TRUNCATED =
      Set.of(
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);

  private final Optional<Path> path;
  private final Optional<FileChannel> channel;
  private final Optional<OwnFile> file;

  private PidFile(Optional<Path> path, Optional<FileChannel> channel) {
    this.path = path;
    this.channel = channel;
    file = path.map(OwnFile::at);
  }

  /**
   * Makes the file, empty, or empties it.
   *
   * @throws LaunchException if that can't be done
   */
  static PidFile open(Optional<Path> path) throws LaunchException {
    if (path.isEmpty()) {
      return new PidFile(path, Optional.empty());
    }
    FileAttribute<?> mode =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    try {
      return new PidFile(path, Optional.of(FileChannel.open(path.get(), TRUNCATED, mode)));
    } catch (IOException e) {
      throw failure("open", path.get(), e);
    }
  }

  /**
   * Writes a process's number, decimal, and a newline.
   *
   * @throws LaunchException if that can't be done
   */
  void write(long processId) throws LaunchException {
    if (channel.isEmpty()) {
      return;
    }
    String line = processId + "\n";
    try {
      channel.get().write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      throw failure("write", path.orElseThrow(), e);
    }
  }

  /** Removes the file, unless it is another one by now. It is open until then: so is its inode. */
  @Override
  public void close() throws IOException {
    file.ifPresent(OwnFile::remove);
    if (channel.isPresent()) {
      channel.get().close();
    }
  }

  private static LaunchException failure(String what, Path path, IOException e) {
    return new LaunchException("cannot " + what + " the PID file " + path + ": " + IoReason.of(e));
  }
}
