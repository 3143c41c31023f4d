package org.jpasst.log;

import java.io.PrintStream;

/** Messages on a terminal or wherever the caller reads them. */
public final class StandardError implements LogSink {
  private final PrintStream stream;
  private final LineStart start;

  /**
   * Writes to a stream.
   *
   * @param start what each line begins with
   */
  public StandardError(PrintStream stream, LineStart start) {
    this.stream = stream;
    this.start = start;
  }

  @Override
  public void write(LogLevel level, long sinceStartNanos, String message) {
    stream.println(start.text(sinceStartNanos) + message);
  }
}
