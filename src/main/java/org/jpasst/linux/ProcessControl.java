package org.jpasst.linux;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Calls that act on this process or another. Each returns what the call returns, or the negated
 * error number.
 */
public final class ProcessControl {
  private static final MethodHandle SETSID = CLibrary.function("setsid");
  private static final MethodHandle GETPID = CLibrary.function("getpid");
  private static final MethodHandle GETEUID = CLibrary.function("geteuid");
  private static final MethodHandle KILL = CLibrary.function("kill");
  private static final MethodHandle SIGNAL = CLibrary.function("signal");

  private final MemorySegment errno = CLibrary.newErrno();

  /** setsid(2): makes this process the leader of a new session. */
  public int setsid() {
    return call(SETSID);
  }

  /** getpid(2), as seen in this process's own PID namespace. */
  public int getpid() {
    return call(GETPID);
  }

  /** geteuid(2): the user that this process acts as, as seen in its own user namespace. */
  public int geteuid() {
    return call(GETEUID);
  }

  /** kill(2). */
  public int kill(int pid, int signal) {
    try {
      return CLibrary.result(
          (long) KILL.invokeExact(errno, (long) pid, (long) signal, 0L, 0L, 0L, 0L), errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  /**
   * signal(2): sets what a signal does.
   *
   * @param disposition {@link Signal#SIG_DFL} or {@link Signal#SIG_IGN}
   * @return what it did before: one of these two or the address of a handler
   */
  public long signal(int signal, long disposition) {
    try {
      return CLibrary.wideResult(
          (long) SIGNAL.invokeExact(errno, (long) signal, disposition, 0L, 0L, 0L, 0L), errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  private int call(MethodHandle function) {
    try {
      return CLibrary.result((long) function.invokeExact(errno, 0L, 0L, 0L, 0L, 0L, 0L), errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }
}
