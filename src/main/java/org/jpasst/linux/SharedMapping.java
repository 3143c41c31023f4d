package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A file's bytes in memory, shared with whoever else maps them (mmap(2), MAP_SHARED).
 *
 * <p>Where the file is made shorter afterwards, system calls on what is gone fail with EFAULT, and
 * whoever reads or writes it finds zeros that are ours alone, for system calls as well from then
 * on: {@link #isTorn} tells. Once it is closed its segment throws {@link IllegalStateException}:
 * what is mapped there later is never touched by mistake.
 */
public final class SharedMapping implements AutoCloseable {
  private static final MethodHandle MMAP = CLibrary.function("mmap");
  private static final MethodHandle MUNMAP = CLibrary.function("munmap");
  private static final MethodHandle GETPAGESIZE = CLibrary.function("getpagesize");
  private static final MethodHandle STATX = CLibrary.function("statx");
  private static final long PROT_READ_WRITE = 1 | 2;
  private static final long MAP_SHARED = 1;
  private static final long MAP_NORESERVE = 0x4000;

  // struct statx (statx(2)), which is the same on all machines.
  private static final long STATX_LENGTH = 256;
  private static final long STX_BLKSIZE = 4;
  private static final long STX_SIZE = 40;
  private static final long WANTED_SIZE = 0x200;
  private static final long AT_EMPTY_PATH = 0x1000;

  private static final BusErrorHandler BUS_ERRORS = BusErrorHandler.instance();

  private final long address;
  private final long mapped;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private final int watched;
  private boolean open = true;

  @SuppressWarnings("restricted")
  private SharedMapping(long address, long mapped, long length, int watched) {
    this.address = address;
    this.mapped = mapped;
    this.watched = watched;
    memory = MemorySegment.ofAddress(address).reinterpret(length, arena, null);
  }

  /**
   * Has the process survive that files are made shorter, before the first is mapped: a sandbox may
   * refuse it later.
   */
  public static void prepare() {
    // What there is to do is done when this class is initialized.
  }

  /**
   * Maps a file's first bytes, for reading and writing.
   *
   * @param fd of the file, which may be closed afterwards and stays the caller's
   * @param length in bytes, not more than the file has
   * @throws IOException if the file is shorter, or the kernel refuses, or the file may be made
   *     shorter and the process wouldn't survive it
   */
  public static SharedMapping of(int fd, long length) throws IOException {
    if (!BUS_ERRORS.isInstalled() && !isSealed(fd)) {
      throw new IOException(
          "it may be made shorter, which can't be survived here: let it be sealed against that"
              + " (F_SEAL_SHRINK)");
    }
    long page = pageSize(fd, length);
    // What munmap(2) takes back must be whole pages of the file's.
    long mapped = Math.max(length, length + page - 1 & -page);
    long address = map(fd, mapped);
    try {
      long unit = address % page == 0 ? page : CLibrary.call(GETPAGESIZE);
      return new SharedMapping(address, mapped, length, BUS_ERRORS.watch(address, mapped, unit));
    } catch (IOException e) {
      unmap(address, mapped);
      throw e;
    }
  }

  private static boolean isSealed(int fd) {
    int seals = FileDescriptors.fcntl(fd, FileFlag.F_GET_SEALS, 0);
    return seals >= 0 && (seals & FileFlag.F_SEAL_SHRINK) != 0;
  }

  private static long map(int fd, long length) throws IOException {
    long flags = MAP_SHARED | MAP_NORESERVE;
    long address = CLibrary.wideCall(MMAP, 0, length, PROT_READ_WRITE, flags, fd, 0);
    if (address < 0) {
      throw new IOException(Errno.name((int) address));
    }
    return address;
  }

  private static void unmap(long address, long length) {
    CLibrary.call(MUNMAP, address, length);
  }

  /** A file's pages: huge ones in hugetlbfs, which tells their size as its block size. */
  private static long pageSize(int fd, long length) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stat = arena.allocate(STATX_LENGTH, Long.BYTES);
      long noPath = arena.allocate(1).address();
      int result = CLibrary.call(STATX, fd, noPath, AT_EMPTY_PATH, WANTED_SIZE, stat.address());
      if (result < 0) {
        throw new IOException(Errno.name(result));
      }
      long size = stat.get(JAVA_LONG, STX_SIZE);
      if (size < length) {
        throw new IOException("the file has only " + size + " bytes");
      }
      return Math.max(1, Integer.highestOneBit(stat.get(JAVA_INT, STX_BLKSIZE)));
    }
  }

  /**
   * How many pages of all mappings were found to be gone since the process began: where two looks
   * differ, something that was touched between them was gone.
   */
  public static long lost() {
    return BUS_ERRORS.lost();
  }

  /** Whether pages of this one were found to be gone. */
  public boolean isTorn() {
    return BUS_ERRORS.lost(watched) > 0;
  }

  /** The bytes; not to be touched any more once this is closed. */
  public MemorySegment memory() {
    return memory;
  }

  @Override
  public void close() {
    if (!open) {
      return;
    }
    open = false;
    arena.close();
    BUS_ERRORS.forget(watched);
    unmap(address, mapped);
  }
}
