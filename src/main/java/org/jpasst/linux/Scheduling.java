package org.jpasst.linux;

import java.lang.invoke.MethodHandle;

/** How the calling thread is scheduled, sched(7). */
public final class Scheduling {
  private static final MethodHandle SETPRIORITY = CLibrary.function("setpriority");
  private static final int PRIO_PROCESS = 0;
  private static final int THIS_THREAD = 0;

  private Scheduling() {}

  /**
   * Sets the calling thread's nice value, which in Linux each thread has (setpriority(2)).
   *
   * @param value up to 19, not less than it has; with 10 it gets a tenth of what one with 0 gets
   * @return 0, or the negated error number; then it runs as before
   */
  public static int nice(int value) {
    return CLibrary.call(SETPRIORITY, PRIO_PROCESS, THIS_THREAD, value);
  }
}
