package org.jpasst.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Set;

/**
 * A log file of bounded size. When it would grow beyond, about 30 % are cut from the front, at the
 * end of a line; the first line stays and tells when that was.
 */
public final class LogFile implements LogSink, AutoCloseable {
  /** Least limit that makes sense, as passt has it: five buffers of 8 KiB. */
  public static final long MIN_LIMIT = 40_960;

  /** The limit where none is given. */
  public static final long DEFAULT_LIMIT = 1 << 20;

  private static final int PAGE = 4096;
  private static final long CUT_PERCENT = 30;

  private final FileChannel file;
  private final long limit;
  private final String title;
  private long size;

  /**
   * Creates the file, or empties it, readable for its owner only.
   *
   * @param limit of its size in bytes, at least {@link #MIN_LIMIT}
   * @param title its first line: program, version, process
   * @throws IOException if it can't be opened or written
   */
  public LogFile(Path path, long limit, String title) throws IOException {
    this.limit = limit;
    this.title = title;
    file =
        FileChannel.open(
            path,
            Set.of(
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    append(title + "\n");
  }

  @Override
  public void write(LogLevel level, long sinceStartNanos, String message) {
    try {
      append(Timestamp.of(sinceStartNanos) + level.tag() + message + "\n");
    } catch (IOException e) {
      // A full disk must not stop the network; the file gets later messages when it is over.
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private void append(String line) throws IOException {
    byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
    if (size + bytes.length > limit) {
      cut(bytes.length);
    }
    size += writeAt(bytes, 0, bytes.length, size);
  }

  private void cut(int needed) throws IOException {
    byte[] old = new byte[(int) size];
    ByteBuffer target = ByteBuffer.wrap(old);
    while (target.hasRemaining() && file.read(target, target.position()) > 0) {
      // read(2) may return less than asked for
    }
    long share = Math.max(limit * CUT_PERCENT / 100, needed + title.length() + PAGE);
    int from = (int) Math.min(size, (share + PAGE - 1) / PAGE * PAGE);
    while (from < old.length && old[from - 1] != '\n') {
      from++;
    }
    byte[] first =
        (title
                + " - log truncated at "
                + LocalDateTime.now().truncatedTo(ChronoUnit.SECONDS)
                + "\n")
            .getBytes(StandardCharsets.UTF_8);
    size = writeAt(first, 0, first.length, 0);
    size += writeAt(old, from, old.length - from, size);
    file.truncate(size);
  }

  private int writeAt(byte[] bytes, int from, int length, long position) throws IOException {
    ByteBuffer source = ByteBuffer.wrap(bytes, from, length);
    while (source.hasRemaining()) {
      file.write(source, position + source.position() - from);
    }
    return length;
  }
}
