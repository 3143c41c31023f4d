package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/**
 * Keeps the process alive when a mapping is touched whose file others have made shorter (SIGBUS,
 * mmap(2)): see {@link BusErrorCode}.
 *
 * <p>HotSpot has a handler as well, which throws {@link InternalError} some time later, if it knows
 * the instruction that failed; if it doesn't, it ends the process. It knows few of those that the
 * interpreter, the compilers and its own C++ use, and each release has others. This one doesn't
 * look at instructions at all.
 *
 * <p>A signal has one handler in a process: hence the only instance. All methods may be called from
 * any thread.
 */
final class BusErrorHandler {
  /** Most mappings at a time; the code has it as a constant. */
  static final int MAPPINGS = 128;

  private static final MethodHandle SIGACTION = CLibrary.function("sigaction");
  private static final MethodHandle MMAP = CLibrary.function("mmap");
  private static final MethodHandle MPROTECT = CLibrary.function("mprotect");
  private static final long SIGBUS = 7;
  private static final long PAGE = 4096;
  private static final long PROT_READ_WRITE = 1 | 2;
  private static final long PROT_READ_EXECUTE = 1 | 4;
  private static final long MAP_PRIVATE_ANONYMOUS = 2 | 0x20;

  /** Room for struct sigaction (sigaction(2)), which has the function in front. */
  private static final long SIGACTION_SIZE = 256;

  // The table: how many units were lost in all, then an entry for each mapping.
  private static final long ENTRY = 32;
  private static final long START = 0;
  private static final long LENGTH = 8;
  private static final long UNIT = 16;
  private static final long LOST = 24;
  private static final VarHandle WORD = JAVA_LONG.varHandle();

  private static final BusErrorHandler INSTANCE = new BusErrorHandler();

  private final MemorySegment table = Arena.global().allocate((MAPPINGS + 1) * ENTRY, ENTRY);
  private final boolean installed;

  private BusErrorHandler() {
    installed = Architecture.ofThisProcess().map(this::install).orElse(false);
  }

  /** That of this process; the first call installs it. */
  static BusErrorHandler instance() {
    return INSTANCE;
  }

  /** Whether there is one: the code is known for this process's architecture, and may be run. */
  boolean isInstalled() {
    return installed;
  }

  private boolean install(Architecture architecture) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocate(SIGACTION_SIZE, Long.BYTES);
      CLibrary.call(SIGACTION, SIGBUS, 0, action.address());
      Optional<MemorySegment> code = executable(architecture, action.get(JAVA_LONG, 0));
      if (code.isEmpty()) {
        return false;
      }
      // Flags and mask stay: it runs on the same stack as the one before.
      action.set(JAVA_LONG, 0, code.get().address());
      return CLibrary.call(SIGACTION, SIGBUS, action.address()) == 0;
    }
  }

  /**
   * The code in memory of its own, which can't be written any more; nothing where that is refused.
   */
  @SuppressWarnings("restricted")
  private Optional<MemorySegment> executable(Architecture architecture, long former) {
    long address = CLibrary.wideCall(MMAP, 0, PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    if (address < 0) {
      return Optional.empty();
    }
    MemorySegment page = MemorySegment.ofAddress(address).reinterpret(PAGE);
    page.copyFrom(MemorySegment.ofArray(BusErrorCode.of(architecture)));
    page.set(JAVA_LONG, BusErrorCode.WORDS, table.address());
    page.set(JAVA_LONG, BusErrorCode.WORDS + Long.BYTES, former);
    // Kernels make the caches agree when a page becomes executable.
    int result = CLibrary.call(MPROTECT, address, PAGE, PROT_READ_EXECUTE);
    return result == 0 ? Optional.of(page) : Optional.empty();
  }

  /**
   * Begins watching over a mapping.
   *
   * @param unit what can be mapped instead of what is gone, in bytes: a page of the mapping, whose
   *     multiple {@code address} is
   * @return its number, for {@link #lost} and {@link #forget}
   * @throws IOException if there are too many
   */
  synchronized int watch(long address, long length, long unit) throws IOException {
    for (int i = 1; i <= MAPPINGS; i++) {
      if (table.get(JAVA_LONG, i * ENTRY + LENGTH) == 0) {
        table.set(JAVA_LONG, i * ENTRY + START, address);
        table.set(JAVA_LONG, i * ENTRY + UNIT, unit);
        table.set(JAVA_LONG, i * ENTRY + LOST, 0);
        WORD.setRelease(table, i * ENTRY + LENGTH, length);
        return i;
      }
    }
    throw new IOException("more than " + MAPPINGS + " shared mappings");
  }

  /** Ends watching, before the mapping's addresses may become another one's. */
  synchronized void forget(int mapping) {
    WORD.setVolatile(table, mapping * ENTRY + LENGTH, 0L);
  }

  /** How many units were found to be gone, and are memory of zeros now. */
  long lost(int mapping) {
    return (long) WORD.getVolatile(table, mapping * ENTRY + LOST);
  }

  /** How many were in all mappings since the process began. */
  long lost() {
    // Volatile: read after what the caller has touched before.
    return (long) WORD.getVolatile(table, 0L);
  }
}
