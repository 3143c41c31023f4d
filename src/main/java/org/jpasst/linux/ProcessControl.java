package org.jpasst.linux;

import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Calls that act on this process or another. Each returns what the call returns, or the negated
 * error number.
 */
public final class ProcessControl {
  private static final MethodHandle SETSID = CLibrary.function("setsid");
  private static final MethodHandle GETPID = CLibrary.function("getpid");
  private static final MethodHandle SIGNAL = CLibrary.function("signal");
  private static final MethodHandle PRCTL = CLibrary.function("prctl");
  private static final MethodHandle SYSCALL = CLibrary.function("syscall");

  /** Whether the process may be dumped, and traced by others of its user; off where it is 0. */
  public static final int PR_SET_DUMPABLE = 4;

  /** Whether the calling thread keeps permitted capabilities when it ceases to be root. */
  public static final int PR_SET_KEEPCAPS = 8;

  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int SECCOMP_SET_MODE_FILTER = 1;
  private static final int FILTER_FLAG_TSYNC = 1;

  /** setsid(2): makes this process the leader of a new session. */
  public int setsid() {
    return CLibrary.call(SETSID);
  }

  /** getpid(2), as seen in this process's own PID namespace. */
  public int getpid() {
    return CLibrary.call(GETPID);
  }

  /**
   * signal(2): sets what a signal does.
   *
   * @param disposition {@link Signal#SIG_DFL} or {@link Signal#SIG_IGN}
   * @return what it did before: one of these two or the address of a handler
   */
  public long signal(int signal, long disposition) {
    return CLibrary.wideCall(SIGNAL, signal, disposition);
  }

  /** prctl(2) with one argument. */
  public int prctl(int operation, long argument) {
    return CLibrary.call(PRCTL, operation, argument);
  }

  /**
   * seccomp(2), SECCOMP_SET_MODE_FILTER for all threads of the process, which can't get new
   * privileges by execve(2) from then on either.
   *
   * @return 0, or the negated error number; ENOSYS where this machine's numbers aren't known
   */
  public int filterSystemCalls(BpfProgram program) {
    Optional<Architecture> architecture = Architecture.ofThisProcess();
    if (architecture.isEmpty()) {
      return -Errno.ENOSYS;
    }
    int result = prctl(PR_SET_NO_NEW_PRIVS, 1);
    if (result < 0) {
      return result;
    }
    try (Arena arena = Arena.ofConfined()) {
      result =
          CLibrary.call(
              SYSCALL,
              architecture.get().seccomp(),
              SECCOMP_SET_MODE_FILTER,
              FILTER_FLAG_TSYNC,
              program.allocate(arena).address());
    }
    // With TSYNC a positive result is the thread that couldn't be synchronised.
    return result > 0 ? -Errno.ESRCH : result;
  }
}
