package org.jpasst.app;

import org.jpasst.log.Log;

/** A bug, or memory that ran out: the user is told in one line, a developer also where. */
final class InternalFailure {
  private InternalFailure() {}

  /** Tells it at the log, with its stack there with {@code --debug}. */
  static void tell(Throwable failure, Log log) {
    log.error(line(failure));
    if (log.isDebug()) {
      for (StackTraceElement each : failure.getStackTrace()) {
        log.debug("    at " + each);
      }
    }
  }

  /** The line for the user. */
  static String line(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      return "out of memory (" + failure.getMessage() + "): giving up; start it again";
    }
    StackTraceElement[] stack = failure.getStackTrace();
    String place = stack.length == 0 ? "an unknown place" : stack[0].toString();
    return "internal error, please report: " + failure + " at " + place;
  }
}
