package org.jpasst.loop;

import java.util.HashSet;
import java.util.Set;
import org.jpasst.log.Log;
import org.jpasst.stats.Counter;
import org.jpasst.stats.Counters;

/** Exceptions that reached the loop, each a bug: counted always, logged once for each place. */
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
    if (places.size() < MAX_PLACES && places.add(failure.getClass().getName() + place)) {
      log.error("internal error in " + during + ", please report: " + failure + " at " + place);
      if (log.isDebug()) {
        for (StackTraceElement element : trace) {
          log.debug("    at " + element);
        }
      }
    }
  }
}
