package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * Makes handles to functions of the C library.
 *
 * <p>All functions are declared alike, with six {@code long} arguments and a {@code long} result:
 * they share one stub then, and making a stub takes some 10 ms at start-up. Six arguments travel in
 * registers on x86-64 and AArch64, where a function doesn't see those it doesn't take, and an
 * {@code int} parameter is the low half of its register. Callers fill up with zeros and cast the
 * result.
 */
@SuppressWarnings("restricted")
final class CLibrary {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final long ERRNO = CAPTURE.byteOffset(PathElement.groupElement("errno"));
  private static final Linker.Option CAPTURE_ERRNO = Linker.Option.captureCallState("errno");
  private static final FunctionDescriptor DESCRIPTOR =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private static final int ARGUMENTS = 6;

  /** As the C library has it: one for each thread. */
  private static final ThreadLocal<MemorySegment> PLACES =
      ThreadLocal.withInitial(CLibrary::newErrno);

  private CLibrary() {}

  /** A function whose failure sets {@code errno}; the handle's first argument receives that. */
  static MethodHandle function(String name) {
    return LINKER.downcallHandle(address(name), DESCRIPTOR, CAPTURE_ERRNO);
  }

  /** Like {@link #function}, for {@code open}, {@code fcntl}, {@code ioctl}. */
  static MethodHandle variadic(String name, int fixedArguments) {
    return LINKER.downcallHandle(
        address(name), DESCRIPTOR, CAPTURE_ERRNO, Linker.Option.firstVariadicArg(fixedArguments));
  }

  /** The calling thread's place for {@code errno}. */
  static MemorySegment errno() {
    return PLACES.get();
  }

  /** A place for {@code errno} of an object's own, which is freed with it. */
  static MemorySegment newErrno() {
    return Arena.ofAuto().allocate(CAPTURE);
  }

  /**
   * Calls a function that isn't called often: with at most six arguments, zero where there are
   * fewer. The result is as {@link #result} has it.
   */
  static int call(MethodHandle function, long... arguments) {
    return result(invoke(function, arguments), errno());
  }

  /** {@link #call}, of a function whose result is 64 bits wide. */
  static long wideCall(MethodHandle function, long... arguments) {
    return wideResult(invoke(function, arguments), errno());
  }

  private static long invoke(MethodHandle function, long... arguments) {
    long[] all = Arrays.copyOf(arguments, ARGUMENTS);
    try {
      return (long) function.invokeExact(errno(), all[0], all[1], all[2], all[3], all[4], all[5]);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Calls a function of one argument that returns a pointer; null is 0. */
  static long pointer(MethodHandle function, long argument) {
    return invoke(function, argument);
  }

  /**
   * The result of a call: as it is, or the negated error number. A failure is one also where no
   * number was left: EIO.
   */
  static int result(long returned, MemorySegment errno) {
    int value = (int) returned;
    return value >= 0 ? value : failure(errno);
  }

  /** {@link #result}, of a call whose result is 64 bits wide. */
  static long wideResult(long returned, MemorySegment errno) {
    return returned >= 0 ? returned : failure(errno);
  }

  private static int failure(MemorySegment errno) {
    int number = errno.get(JAVA_INT, ERRNO);
    return number > 0 ? -number : -Errno.EIO;
  }

  /** What a handle throws is never expected: the functions themselves don't throw. */
  static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a system call threw", thrown);
  }

  private static MemorySegment address(String name) {
    return LINKER.defaultLookup().findOrThrow(name);
  }
}
