package org.jpasst.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** How much this thread allocates between certain points, summed up. */
final class AllocatedBytes {
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private long before;
  private long sum;

  void begin() {
    before = threads.getCurrentThreadAllocatedBytes();
  }

  void end() {
    sum += threads.getCurrentThreadAllocatedBytes() - before;
  }

  /** Answers the sum, and begins anew. */
  long take() {
    long all = sum;
    sum = 0;
    return all;
  }
}
