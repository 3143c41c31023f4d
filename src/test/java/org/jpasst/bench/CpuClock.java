package org.jpasst.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The CPU time of a process, all its threads together, those that have ended too. To the
 * nanosecond, where /proc/PID/stat counts in hundredths of a second.
 */
final class CpuClock {
  private static final double NANOS = 1e9;
  private static final long TIMESPEC = 16;
  private static final MethodHandle CLOCK_GETCPUCLOCKID =
      function("clock_getcpuclockid", ValueLayout.JAVA_INT, ValueLayout.ADDRESS);
  private static final MethodHandle CLOCK_GETTIME =
      function("clock_gettime", ValueLayout.JAVA_INT, ValueLayout.ADDRESS);

  private final int clock;

  /**
   * @throws IllegalStateException when there is no such process
   */
  CpuClock(long pid) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment id = arena.allocate(ValueLayout.JAVA_INT);
      if ((int) CLOCK_GETCPUCLOCKID.invokeExact((int) pid, id) != 0) {
        throw new IllegalStateException("no process " + pid);
      }
      clock = id.get(ValueLayout.JAVA_INT, 0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Seconds of CPU time up to now.
   *
   * @throws IllegalStateException when the process has ended
   */
  double seconds() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(TIMESPEC, Long.BYTES);
      if ((int) CLOCK_GETTIME.invokeExact(clock, time) != 0) {
        throw new IllegalStateException("the back-end has ended");
      }
      return time.get(ValueLayout.JAVA_LONG, 0)
          + time.get(ValueLayout.JAVA_LONG, Long.BYTES) / NANOS;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("restricted") // two fixed functions of the C library, with their true types
  private static MethodHandle function(String name, ValueLayout first, ValueLayout second) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, first, second));
  }
}
