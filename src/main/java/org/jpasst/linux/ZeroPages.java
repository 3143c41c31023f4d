package org.jpasst.linux;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Memory for the process's life that is full of zeros and takes no room before it is used: pages
 * become resident when they are written to (mmap(2), MAP_ANONYMOUS), while an arena writes zeros to
 * all of them at once. For buffers that are large, in case there is much to put into them.
 */
public final class ZeroPages {
  private static final MethodHandle MMAP = CLibrary.function("mmap");
  private static final long PROT_READ_WRITE = 1 | 2;
  private static final long MAP_PRIVATE = 2;
  private static final long MAP_ANONYMOUS = 0x20;
  private static final long MAP_NORESERVE = 0x4000;
  private static final long NO_FILE = -1;

  private ZeroPages() {}

  /**
   * Maps some, from the beginning of a page on.
   *
   * @throws OutOfMemoryError if the process may have no more
   */
  @SuppressWarnings("restricted")
  public static MemorySegment map(long bytes) {
    long flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    long address = CLibrary.wideCall(MMAP, 0, bytes, PROT_READ_WRITE, flags, NO_FILE, 0);
    if (address < 0) {
      throw new OutOfMemoryError(
          "cannot map " + bytes + " bytes of memory: " + Errno.name((int) address));
    }
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }
}
