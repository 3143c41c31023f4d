package org.jpasst.linux;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;

/** How the calling thread is scheduled, sched(7). */
public final class Scheduling {
  private static final MethodHandle SCHED_SETSCHEDULER = CLibrary.function("sched_setscheduler");

  /** SCHED_IDLE of linux/sched.h: anybody may have it, but not everybody may leave it. */
  public static final int IDLE = 5;

  private static final int THIS_THREAD = 0;

  private Scheduling() {}

  /**
   * From now on the calling thread runs when no other wants the processor.
   *
   * @return 0, or the negated error number; then it runs as before
   */
  public static int giveWay() {
    try (Arena arena = Arena.ofConfined()) {
      // struct sched_param: a priority, which has to be 0.
      long parameter = arena.allocate(Integer.BYTES, Integer.BYTES).address();
      return CLibrary.call(SCHED_SETSCHEDULER, THIS_THREAD, IDLE, parameter);
    }
  }
}
