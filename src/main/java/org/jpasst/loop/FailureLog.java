package org.jpasst.loop;

import java.util.HashSet;
import java.util.Set;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/**
 * Exceptions that reached the loop, each a bug: counted always, summed up in the log for each
 * place, traced once.
 */
final class FailureLog {
  private static final int MAX_PLACES = 64;

  private final Log log;
  private final Counters counters;
  private final Set<String> places = new HashSet<>();

  FailureLog(Log log, Counters counters) {
    this.log = log;
    this.counters = counters;
  }

  void failed(String during, Throwable failure) {
    counters.increment(Counter.LOOP_FAILURES);
    StackTraceElement[] trace = failure.getStackTrace();
    String place = trace.length == 0 ? "an unknown place" : trace[0].toString();
    String cause = failure.getClass().getName() + place;
    log.limited(
        LogLevel.ERROR,
        cause,
        "internal error in " + during + ", please report: " + failure + " at " + place);
    if (log.isDebug() && places.size() < MAX_PLACES && places.add(cause)) {
      for (StackTraceElement element : trace) {
        log.debug("    at " + element);
      }
    }
  }
}
