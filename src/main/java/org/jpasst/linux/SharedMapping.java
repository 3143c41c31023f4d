package org.jpasst.linux;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * A file's bytes in memory, shared with whoever else maps them (mmap(2), MAP_SHARED).
 *
 * <p>Where the file is made shorter afterwards, reading or writing what is gone throws {@link
 * InternalError}, and system calls on it fail with EFAULT.
 */
public final class SharedMapping implements AutoCloseable {
  private static final MethodHandle MMAP = CLibrary.function("mmap");
  private static final MethodHandle MUNMAP = CLibrary.function("munmap");
  private static final MethodHandle LSEEK = CLibrary.function("lseek");
  private static final long PROT_READ_WRITE = 1 | 2;
  private static final long MAP_SHARED = 1;
  private static final long MAP_NORESERVE = 0x4000;
  private static final long SEEK_END = 2;

  private final MemorySegment errno;
  private final MemorySegment memory;
  private boolean open = true;

  private SharedMapping(MemorySegment errno, MemorySegment memory) {
    this.errno = errno;
    this.memory = memory;
  }

  /**
   * Maps a file's first bytes, for reading and writing.
   *
   * @param fd of the file, which may be closed afterwards and stays the caller's
   * @param length in bytes, not more than the file has
   * @throws IOException if the file is shorter, or the kernel refuses
   */
  @SuppressWarnings("restricted")
  public static SharedMapping of(int fd, long length) throws IOException {
    MemorySegment errno = CLibrary.newErrno();
    try {
      long size =
          CLibrary.wideResult(
              (long) LSEEK.invokeExact(errno, (long) fd, 0L, SEEK_END, 0L, 0L, 0L), errno);
      if (size < length) {
        throw new IOException(
            size < 0 ? Errno.name((int) size) : "the file has only " + size + " bytes");
      }
      long address =
          CLibrary.wideResult(
              (long)
                  MMAP.invokeExact(
                      errno,
                      0L,
                      length,
                      PROT_READ_WRITE,
                      MAP_SHARED | MAP_NORESERVE,
                      (long) fd,
                      0L),
              errno);
      if (address < 0) {
        throw new IOException(Errno.name((int) address));
      }
      return new SharedMapping(errno, MemorySegment.ofAddress(address).reinterpret(length));
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
    try {
      CLibrary.result(
          (long) MUNMAP.invokeExact(errno, memory.address(), memory.byteSize(), 0L, 0L, 0L, 0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }
}
