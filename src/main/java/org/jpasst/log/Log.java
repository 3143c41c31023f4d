package org.jpasst.log;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * One process's messages. Made once and handed to whoever has something to say; may be used by any
 * thread.
 *
 * <p>Building a message costs time: code that runs for each packet asks {@link #isTrace} or {@link
 * #allows} first.
 */
public final class Log {
  /** Time between two messages of one cause, in nanoseconds. */
  public static final long INTERVAL = TimeUnit.SECONDS.toNanos(10);

  private static final int MAX_CAUSES = 256;

  private final LongSupplier clock;
  private final long start;
  private final List<LogSink> sinks = new ArrayList<>();
  private final Map<String, Limit> limits = new HashMap<>();
  private volatile LogLevel level;

  private static final class Limit {
    private LogLevel level;
    private String message;
    private long next;
    private int written; // since the interval began
    private long suppressed;
  }

  /**
   * A log that writes nowhere yet.
   *
   * @param level the least grave level that is written
   * @param clock monotonic nanoseconds; the present value counts as the process's start
   */
  public Log(LogLevel level, LongSupplier clock) {
    this.level = level;
    this.clock = clock;
    start = clock.getAsLong();
  }

  /** A log that drops all messages. */
  public static Log none() {
    return new Log(LogLevel.ERROR, System::nanoTime);
  }

  /** The least grave level that is written. */
  public LogLevel level() {
    return level;
  }

  /** Changes the least grave level that is written. */
  public void setLevel(LogLevel level) {
    this.level = level;
  }

  /** Messages go to this sink too from now on. */
  public synchronized void addSink(LogSink sink) {
    sinks.add(sink);
  }

  /** Messages don't go to this sink any more. */
  public synchronized void removeSink(LogSink sink) {
    sinks.remove(sink);
  }

  /** Something asked for can't be done: says what failed, with what, and what to do. */
  public void error(String message) {
    log(LogLevel.ERROR, message);
  }

  /** Something is other than the operator will expect. */
  public void warn(String message) {
    log(LogLevel.WARNING, message);
  }

  /** What happened, in normal operation. */
  public void info(String message) {
    log(LogLevel.INFO, message);
  }

  /** How it happened. */
  public void debug(String message) {
    log(LogLevel.DEBUG, message);
  }

  /** Each packet and event. */
  public void trace(String message) {
    log(LogLevel.TRACE, message);
  }

  /** Whether debug messages are written. */
  public boolean isDebug() {
    return isEnabled(LogLevel.DEBUG);
  }

  /** Whether trace messages are written. */
  public boolean isTrace() {
    return isEnabled(LogLevel.TRACE);
  }

  /** Whether messages of a level are written. */
  public boolean isEnabled(LogLevel asked) {
    return asked.compareTo(level) <= 0;
  }

  /** Writes a message of any level. */
  public void log(LogLevel messageLevel, String message) {
    if (isEnabled(messageLevel)) {
      String line = oneLine(message);
      synchronized (this) {
        long sinceStart = clock.getAsLong() - start;
        for (LogSink sink : sinks) {
          sink.write(messageLevel, sinceStart, line);
        }
      }
    }
  }

  /** One event is one line, and what a guest has sent can't look like another. */
  private static String oneLine(String message) {
    for (int i = 0; i < message.length(); i++) {
      if (Character.isISOControl(message.charAt(i))) {
        return message.replaceAll("\\p{Cntrl}", "?");
      }
    }
    return message;
  }

  /**
   * Writes a message, but no more than one in ten seconds for the same cause; the next one written,
   * or {@link #tellLeftOut}, tells how many were left out.
   *
   * @param cause a constant that names what happens
   */
  public void limited(LogLevel messageLevel, String cause, String message) {
    limited(messageLevel, cause, 1, message);
  }

  /**
   * The same, for what comes a few times in a row and then is of interest each time.
   *
   * @param most how many messages of the cause are written in ten seconds
   */
  public void limited(LogLevel messageLevel, String cause, int most, String message) {
    if (isEnabled(messageLevel)) {
      long suppressed = take(messageLevel, cause, most, message);
      if (suppressed >= 0) {
        log(messageLevel, summary(message, suppressed));
      }
    }
  }

  private static String summary(String message, long suppressed) {
    return suppressed == 0
        ? message
        : message + " (and " + suppressed + " times more since the last message)";
  }

  /**
   * Tells how often messages were left out of causes that are quiet since, so that the last line of
   * a cause says how many there were.
   *
   * @param atOnce also of those that were told less than ten seconds ago, since the run ends
   */
  public synchronized void tellLeftOut(boolean atOnce) {
    long now = clock.getAsLong();
    for (Limit limit : limits.values()) {
      if (limit.suppressed > 0 && (atOnce || now - limit.next >= 0)) {
        long suppressed = limit.suppressed;
        limit.suppressed = 0;
        limit.next = now + INTERVAL;
        limit.written = 1;
        log(limit.level, limit.message + ": " + suppressed + " times more since the last message");
      }
    }
  }

  /**
   * Whether {@link #limited} would write now. If not, the message counts as left out, and needn't
   * be built. Allocates nothing for a cause known already.
   */
  public synchronized boolean allows(LogLevel messageLevel, String cause) {
    if (!isEnabled(messageLevel)) {
      return false;
    }
    Limit limit = limits.get(cause);
    if (limit == null || clock.getAsLong() - limit.next >= 0) {
      return true;
    }
    limit.suppressed++;
    return false;
  }

  /** How many messages of a cause were left out before this one, or -1 if this one is too. */
  private synchronized long take(LogLevel messageLevel, String cause, int most, String message) {
    long now = clock.getAsLong();
    Limit limit = limits.get(cause);
    if (limit == null && limits.size() >= MAX_CAUSES) {
      return -1;
    }
    boolean first = limit == null;
    if (first) {
      limit = new Limit();
      limits.put(cause, limit);
    }
    limit.level = messageLevel;
    limit.message = message;
    if (first || now - limit.next >= 0) {
      limit.next = now + INTERVAL;
      limit.written = 0;
    }
    if (limit.written >= most) {
      limit.suppressed++;
      return -1;
    }
    limit.written++;
    long suppressed = limit.suppressed;
    limit.suppressed = 0;
    return suppressed;
  }
}
