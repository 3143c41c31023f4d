package org.jpasst.guest.vhostuser;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import org.jpasst.linux.SharedMapping;

/**
 * Tells the front-end which pages of the guest's memory we have written, while it migrates them: a
 * bit for each page of 4 KiB, set atomically ("Migration" in QEMU's document).
 */
final class DirtyLog {
  private static final int PAGE_SHIFT = 12;
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  private Optional<SharedMapping> mapping = Optional.empty();
  private long words;
  private long start;
  private boolean enabled;

  /**
   * Starts using a log, instead of any other.
   *
   * @param fd of the file that holds it, which stays the caller's
   * @param offset where in the file it begins, a multiple of 8
   * @throws IOException if it can't be mapped
   */
  void map(int fd, long offset, long size) throws IOException {
    if (size < Long.BYTES || offset < 0 || offset + size < 0 || offset % Long.BYTES != 0) {
      throw new IOException("a log that can't be, of " + size + " bytes");
    }
    SharedMapping mapped = SharedMapping.of(fd, offset + size);
    close();
    mapping = Optional.of(mapped);
    start = offset;
    words = size / Long.BYTES;
  }

  /** Switches it on or off; LOG_ALL has been agreed upon, or not. */
  void enable(boolean on) {
    enabled = on;
  }

  boolean isOn() {
    return enabled && mapping.isPresent();
  }

  /** Whether some of it was touched and is gone: the front-end has made the file shorter. */
  boolean isTorn() {
    return mapping.isPresent() && mapping.get().isTorn();
  }

  /** Marks the pages of so many bytes at an address of the guest. */
  void mark(long guestAddress, long length) {
    if (!isOn() || length <= 0) {
      return;
    }
    long last = guestAddress + length - 1 >>> PAGE_SHIFT;
    for (long page = guestAddress >>> PAGE_SHIFT; page <= last; page++) {
      long word = page / Long.SIZE;
      if (word < words) {
        LONG.getAndBitwiseOr(
            mapping.get().memory(), start + word * Long.BYTES, 1L << page % Long.SIZE);
      }
    }
  }

  /** Stops using the log, if there is one. */
  void close() {
    mapping.ifPresent(SharedMapping::close);
    mapping = Optional.empty();
    words = 0;
  }
}
