package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;

/**
 * Makes handles to functions of the C library.
 *
 * <p>All arguments and results are declared as {@code long}, so that functions with equally many
 * arguments share one stub: making a stub costs milliseconds at start-up. An {@code int} parameter
 * takes the low half of its register on x86-64 and AArch64, and the caller casts the result.
 */
@SuppressWarnings("restricted")
final class CLibrary {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final long ERRNO = CAPTURE.byteOffset(PathElement.groupElement("errno"));

  private CLibrary() {}

  /** A function whose failure sets {@code errno}; the handle's first argument receives that. */
  static MethodHandle function(String name, int arguments) {
    return LINKER.downcallHandle(address(name), descriptor(arguments), capture());
  }

  /** Like {@link #function}, for {@code open}, {@code fcntl} and the like. */
  static MethodHandle variadic(String name, int fixed, int arguments) {
    return LINKER.downcallHandle(
        address(name), descriptor(arguments), capture(), Linker.Option.firstVariadicArg(fixed));
  }

  /** A place for {@code errno}, for the process's life; one for each object that makes calls. */
  static MemorySegment newErrno() {
    return Arena.global().allocate(CAPTURE);
  }

  /** The result of a call: as it is, or the negated error number. */
  static int result(long returned, MemorySegment errno) {
    int value = (int) returned;
    return value >= 0 ? value : -errno.get(JAVA_INT, ERRNO);
  }

  /** The result of a call whose result is 64 bits wide: as it is, or the negated error number. */
  static long wideResult(long returned, MemorySegment errno) {
    return returned >= 0 ? returned : -errno.get(JAVA_INT, ERRNO);
  }

  /** What a handle throws is never expected: the functions themselves don't throw. */
  static AssertionError unexpected(Throwable thrown) {
    return new AssertionError("a system call threw", thrown);
  }

  private static MemorySegment address(String name) {
    return LINKER.defaultLookup().findOrThrow(name);
  }

  private static Linker.Option capture() {
    return Linker.Option.captureCallState("errno");
  }

  private static FunctionDescriptor descriptor(int arguments) {
    MemoryLayout[] layouts = new MemoryLayout[arguments];
    Arrays.fill(layouts, JAVA_LONG);
    return FunctionDescriptor.of(JAVA_LONG, layouts);
  }
}
