package org.jpasst.fuzz;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Optional;

/**
 * How long this thread has run on a processor. Limits are held to by that, not by the clock: others
 * run on the same machine.
 */
final class ProcessorTime {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private ProcessorTime() {}

  /** Nanoseconds, where the machine tells. */
  static Optional<Long> ofThread() {
    return THREADS.isCurrentThreadCpuTimeSupported()
        ? Optional.of(THREADS.getCurrentThreadCpuTime())
        : Optional.empty();
  }
}
