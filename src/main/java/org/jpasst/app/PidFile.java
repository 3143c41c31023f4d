package org.jpasst.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
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
  private static final Set<OpenOption> AS_IT_IS =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE);

  private final Optional<Path> path;
  private final Optional<FileChannel> channel;

  /** What goes at the end: neither a link to a file, nor a device. */
  private final Optional<OwnFile> file;

  /** Whether it tells of this process, or of none. */
  private boolean isOurs;

  private PidFile(Optional<Path> path, Optional<FileChannel> channel, boolean isOurs) {
    this.path = path;
    this.channel = channel;
    this.isOurs = isOurs;
    file =
        path.filter(each -> Files.isRegularFile(each, LinkOption.NOFOLLOW_LINKS)).map(OwnFile::at);
  }

  /**
   * Opens the file, or makes it, empty. Another process's number stays in it until {@link #write}.
   *
   * @throws LaunchException if that can't be done
   */
  static PidFile open(Optional<Path> path) throws LaunchException {
    if (path.isEmpty()) {
      return new PidFile(path, Optional.empty(), false);
    }
    FileAttribute<?> mode =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    try {
      FileChannel opened = FileChannel.open(path.get(), AS_IT_IS, mode);
      return new PidFile(path, Optional.of(opened), opened.size() == 0);
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
    isOurs = true;
    try {
      if (channel.get().size() > 0) {
        channel.get().truncate(0);
      }
      channel.get().write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      throw failure("write", path.orElseThrow(), e);
    }
  }

  /**
   * Removes the file, unless it is another one by now, or tells of another process. It is open
   * until then: so is its inode.
   */
  @Override
  public void close() throws IOException {
    if (isOurs) {
      file.ifPresent(OwnFile::remove);
    }
    if (channel.isPresent()) {
      channel.get().close();
    }
  }

  private static LaunchException failure(String what, Path path, IOException e) {
    return new LaunchException("cannot " + what + " the PID file " + path + ": " + IoReason.of(e));
  }
}
