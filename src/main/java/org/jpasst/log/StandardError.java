package org.jpasst.log;

import java.io.PrintStream;

/** Messages on a terminal or wherever the caller reads them. */
public final class StandardError implements LogSink {
  private final PrintStream stream;
  private final boolean timestamps;

  /**
   * Writes to a stream.
   *
   * @param timestamps whether each line begins with the seconds since start, as with {@code -d}
   */
  public StandardError(PrintStream stream, boolean timestamps) {
    this.stream = stream;
    this.timestamps = timestamps;
  }

  @Override
  public void write(LogLevel level, long sinceStartNanos, String message) {
    stream.println(timestamps ? Timestamp.of(sinceStartNanos) + message : message);
  }
}
