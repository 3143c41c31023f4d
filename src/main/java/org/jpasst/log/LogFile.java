package org.jpasst.log;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
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
  private static final int CHUNK = 1 << 16;
  private static final long CUT_PERCENT = 30;

  private final FileChannel file;
  private final long limit;
  private final String title;
  private long size;

  /** What is to be written when the file begins. */
  private Optional<StringBuilder> kept = Optional.empty();

  /**
   * Opens the file, or makes it, readable for its owner only. What it has stays until {@link
   * #begin}, and messages are kept until then; without anything in it they are written at once.
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
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    if (file.size() == 0) {
      append(title + "\n");
    } else {
      kept = Optional.of(new StringBuilder(title + "\n"));
    }
  }

  /**
   * Whatever the file had is gone; messages are written from now on.
   *
   * @throws IOException if it can't be written
   */
  public void begin() throws IOException {
    if (kept.isPresent()) {
      file.truncate(0);
      append(kept.get().toString());
      kept = Optional.empty();
    }
  }

  @Override
  public void write(LogLevel level, long sinceStartNanos, String message) {
    String line = Timestamp.of(sinceStartNanos) + level.tag() + message + "\n";
    try {
      if (kept.isEmpty()) {
        append(line);
      } else if (kept.get().length() + line.length() < limit / 2) {
        kept.get().append(line);
      }
    } catch (EOFException e) {
      // It goes on at the end of what is left.
      size = length();
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
    size += writeAt(bytes, bytes.length, size);
  }

  private long length() {
    try {
      return file.size();
    } catch (IOException e) {
      return 0;
    }
  }

  private void cut(int needed) throws IOException {
    long share = Math.max(limit * CUT_PERCENT / 100, needed + title.length() + PAGE);
    long from = endOfLine(Math.min(size, (share + PAGE - 1) / PAGE * PAGE));
    byte[] first =
        (title
                + " - log truncated at "
                + LocalDateTime.now().truncatedTo(ChronoUnit.SECONDS)
                + "\n")
            .getBytes(StandardCharsets.UTF_8);
    // What is moved lies behind where it goes: more was cut than the first line takes.
    long to = writeAt(first, first.length, 0);
    byte[] chunk = new byte[CHUNK];
    while (from < size) {
      int length = readAt(chunk, from);
      writeAt(chunk, length, to);
      from += length;
      to += length;
    }
    size = to;
    file.truncate(size);
  }

  /** Where the line ends that a place is in. */
  private long endOfLine(long place) throws IOException {
    byte[] chunk = new byte[CHUNK];
    long at = place - 1;
    while (at < size) {
      int length = readAt(chunk, at);
      for (int i = 0; i < length; i++) {
        if (chunk[i] == '\n') {
          return at + i + 1;
        }
      }
      at += length;
    }
    return size;
  }

  private int readAt(byte[] target, long position) throws IOException {
    int length = (int) Math.min(target.length, size - position);
    ByteBuffer buffer = ByteBuffer.wrap(target, 0, length);
    while (buffer.hasRemaining()) {
      if (file.read(buffer, position + buffer.position()) <= 0) {
        throw new EOFException("somebody has shortened the log file");
      }
    }
    return length;
  }

  private int writeAt(byte[] bytes, int length, long position) throws IOException {
    ByteBuffer source = ByteBuffer.wrap(bytes, 0, length);
    while (source.hasRemaining()) {
      file.write(source, position + source.position());
    }
    return length;
  }
}
