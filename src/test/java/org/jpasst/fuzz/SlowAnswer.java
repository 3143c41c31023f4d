package org.jpasst.fuzz;

/**
 * An answer took longer than it may. Once, that may be the machine: where it is busy, and a virtual
 * one, its processor time counts what others used (proc_stat(5), steal). What is the program's is
 * slow again when the same inputs are played again.
 */
final class SlowAnswer extends AssertionError {
  private static final long serialVersionUID = 1;

  SlowAnswer(long nanos) {
    super("the guest was sent the next good answer only after: " + nanos + " ns");
  }
}
