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
 * <p>Where the file is made shorter afterwards, reading or writing what is gone throws {@link
 * InternalError}, and system calls on it fail with EFAULT. Once it is closed its segment throws
 * {@link IllegalStateException}: what is mapped there later is never touched by mistake.
 */
public final class SharedMapping implements AutoCloseable {
  private static final MethodHandle MMAP = CLibrary.function("mmap");
  private static final MethodHandle MUNMAP = CLibrary.function("munmap");
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

  private final MemorySegment errno;
  private final long address;
  private final long mapped;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;
  private boolean open = true;

  @SuppressWarnings("restricted")
  private SharedMapping(MemorySegment errno, long address, long mapped, long length) {
    this.errno = errno;
    this.address = address;
    this.mapped = mapped;
    memory = MemorySegment.ofAddress(address).reinterpret(length, arena, null);
  }

  /**
   * Maps a file's first bytes, for reading and writing.
   *
   * @param fd of the file, which may be closed afterwards and stays the caller's
   * @param length in bytes, not more than the file has
   * @throws IOException if the file is shorter, or the kernel refuses
   */
  public static SharedMapping of(int fd, long length) throws IOException {
    MemorySegment errno = CLibrary.newErrno();
    long mapped = lengthToMap(fd, length, errno);
    try {
      long address =
          CLibrary.wideResult(
              (long)
                  MMAP.invokeExact(
                      errno,
                      0L,
                      mapped,
                      PROT_READ_WRITE,
                      MAP_SHARED | MAP_NORESERVE,
                      (long) fd,
                      0L),
              errno);
      if (address < 0) {
        throw new IOException(Errno.name((int) address));
      }
      return new SharedMapping(errno, address, mapped, length);
    } catch (IOException e) {
      throw e;
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  /**
   * What munmap(2) takes back must be whole pages of the file's: huge ones in hugetlbfs, which
   * tells their size as its block size.
   */
  private static long lengthToMap(int fd, long length, MemorySegment errno) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment stat = arena.allocate(STATX_LENGTH, Long.BYTES);
      long noPath = arena.allocate(1).address();
      int result =
          CLibrary.result(
              (long)
                  STATX.invokeExact(
                      errno, (long) fd, noPath, AT_EMPTY_PATH, WANTED_SIZE, stat.address(), 0L),
              errno);
      if (result < 0) {
        throw new IOException(Errno.name(result));
      }
      long size = stat.get(JAVA_LONG, STX_SIZE);
      if (size < length) {
        throw new IOException("the file has only " + size + " bytes");
      }
      long page = Math.max(1, Integer.highestOneBit(stat.get(JAVA_INT, STX_BLKSIZE)));
      return Math.max(length, length + page - 1 & -page);
    } catch (IOException e) {
      throw e;
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
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
    try {
      CLibrary.result((long) MUNMAP.invokeExact(errno, address, mapped, 0L, 0L, 0L, 0L), errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }
}
