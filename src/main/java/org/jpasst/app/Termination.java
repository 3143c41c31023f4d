package org.jpasst.app;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jpasst.linux.ProcessControl;
import org.jpasst.linux.Signal;

/**
 * Ends the process in order: the event loop is asked to stop, what it holds is closed, and SIGTERM
 * and SIGINT, like a normal end, leave status 0 behind.
 *
 * <p>The JVM runs shutdown hooks when a signal asks it to end, and would then report 128 plus the
 * signal's number; this hook ends the process itself, once the loop has come to its end.
 */
public final class Termination {
  private static final Duration LIMIT = Duration.ofSeconds(2);

  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean endingByItself;
  private volatile Runnable stop;

  private Termination() {}

  /**
   * Takes charge of SIGTERM and SIGINT. A shell that puts a command into the background has it
   * ignore SIGINT and SIGQUIT, and then so does the JVM; where that shell is the launcher, this is
   * undone. See {@link QuitSignal} for what becomes of SIGQUIT.
   */
  public static Termination install(Launch launch) {
    var termination = new Termination();
    if (launch.inBackground()) {
      var process = new ProcessControl();
      // The JVM has one handler for all, which can be had only by setting another.
      long handler = process.signal(Signal.SIGTERM, Signal.SIG_DFL);
      process.signal(Signal.SIGTERM, handler);
      process.signal(Signal.SIGINT, handler);
      process.signal(Signal.SIGQUIT, handler);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(termination::onShutdown, "termination"));
    return termination;
  }

  /**
   * Says how to ask the program to end. Without it a signal ends the process at once.
   *
   * @param stop wakes the event loop and makes it return; called from another thread
   */
  public void stopWith(Runnable stop) {
    this.stop = stop;
  }

  /**
   * Ends the process after everything was closed. Does not return.
   *
   * @param status the exit status; 0 if a signal asked for the end
   */
  public void exit(int status) {
    endingByItself = true;
    ended.countDown();
    System.exit(status);
  }

  private void onShutdown() {
    if (endingByItself) {
      return;
    }
    Runnable asked = stop;
    if (asked != null) {
      asked.run();
      awaitEnd();
    }
    Runtime.getRuntime().halt(0);
  }

  private void awaitEnd() {
    try {
      ended.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
