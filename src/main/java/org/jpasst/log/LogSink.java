package org.jpasst.log;

/** Where messages go. Doesn't throw: a message that can't be written is lost. */
public interface LogSink {
  /**
   * Writes one message that has passed the level.
   *
   * @param sinceStartNanos time since the process's start
   * @param message one line without its end
   */
  void write(LogLevel level, long sinceStartNanos, String message);
}
