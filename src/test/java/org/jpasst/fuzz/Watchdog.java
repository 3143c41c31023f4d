package org.jpasst.fuzz;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Ends the process where a session doesn't come to its end: it waits for what never comes, or loops
 * without one. That is a finding, too, and nothing but its own thread can tell where it is.
 */
final class Watchdog {
  private static final int FAILURE = 1;

  private final CountDownLatch stopped = new CountDownLatch(1);

  /**
   * Watches the thread that asks for it, until this is stopped.
   *
   * @param patience for one session
   * @param sessions how many have come to their end; it is asked by another thread
   * @param out is told where the thread is
   */
  Watchdog(Duration patience, LongSupplier sessions, PrintStream out) {
    Thread watched = Thread.currentThread();
    Thread.ofPlatform()
        .daemon()
        .name("watchdog")
        .start(
            () -> {
              for (long before = -1; !isStopped(patience); before = sessions.getAsLong()) {
                if (sessions.getAsLong() == before) {
                  tell(watched, before, out);
                  Runtime.getRuntime().halt(FAILURE);
                }
              }
            });
  }

  private boolean isStopped(Duration wait) {
    try {
      return stopped.await(wait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts a watchdog", e);
    }
  }

  private static void tell(Thread watched, long session, PrintStream out) {
    out.println("session " + session + " doesn't end; it is at");
    for (StackTraceElement each : watched.getStackTrace()) {
      out.println("\tat " + each);
    }
    out.flush();
  }

  /** Watches no longer. */
  void stop() {
    stopped.countDown();
  }
}
