package org.jpasst.guest.vhostuser;

import java.io.IOException;
import org.jpasst.linux.SharedMapping;

/** The guest's memory as far as the front-end shares it: regions that don't overlap. */
final class GuestMemory {
  /** Most regions; what we answer to GET_MAX_MEM_SLOTS. */
  static final int MAX_REGIONS = 32;

  private static final long PAGE = 4096;

  private final MemoryRegion[] regions = new MemoryRegion[MAX_REGIONS];
  private int count;
  private long lost = SharedMapping.lost();

  /**
   * Maps one more region.
   *
   * @param fileOffset where in the file it begins
   * @param fd the file, which stays the caller's
   * @throws IOException with a reason for people
   */
  void add(long guestAddress, long size, long userAddress, long fileOffset, int fd)
      throws IOException {
    check(guestAddress, size, userAddress, fileOffset);
    SharedMapping mapping = SharedMapping.of(fd, fileOffset + size);
    regions[count++] =
        new MemoryRegion(
            guestAddress, size, userAddress, mapping.memory().asSlice(fileOffset, size), mapping);
  }

  private void check(long guestAddress, long size, long userAddress, long fileOffset)
      throws IOException {
    if (count == MAX_REGIONS) {
      throw new IOException("more than " + MAX_REGIONS + " regions");
    }
    boolean sensible =
        size > 0
            && fileOffset >= 0
            && fileOffset + size > 0
            && Long.compareUnsigned(guestAddress + size - 1, guestAddress) >= 0
            && Long.compareUnsigned(userAddress + size - 1, userAddress) >= 0
            && (guestAddress | userAddress | fileOffset) % PAGE == 0;
    if (!sensible) {
      throw new IOException("a region that can't be: " + Long.toHexString(guestAddress));
    }
    for (int i = 0; i < count; i++) {
      if (regions[i].overlaps(guestAddress, size)) {
        throw new IOException("regions overlap at " + Long.toHexString(guestAddress));
      }
    }
  }

  /** Whether some of it was touched and is gone: the front-end has made a file shorter. */
  boolean isTorn() {
    if (SharedMapping.lost() == lost) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      if (regions[i].mapping().isTorn()) {
        return true;
      }
    }
    lost = SharedMapping.lost(); // somebody else's
    return false;
  }

  /** Unmaps the region that is exactly this one; false if there is none. */
  boolean remove(long guestAddress, long size, long userAddress) {
    for (int i = 0; i < count; i++) {
      MemoryRegion region = regions[i];
      if (region.guestAddress() == guestAddress
          && region.size() == size
          && region.userAddress() == userAddress) {
        region.mapping().close();
        regions[i] = regions[--count];
        regions[count] = null;
        return true;
      }
    }
    return false;
  }

  /** Unmaps all. */
  void clear() {
    for (int i = 0; i < count; i++) {
      regions[i].mapping().close();
      regions[i] = null;
    }
    count = 0;
  }

  /** The region that holds so many bytes at an address of the front-end, or null. */
  MemoryRegion ofUser(long userAddress, long length) {
    for (int i = 0; i < count; i++) {
      if (regions[i].contains(userAddress - regions[i].userAddress(), length)) {
        return regions[i];
      }
    }
    return null;
  }

  /** The region that holds an address of the guest, or null. */
  MemoryRegion ofGuest(long guestAddress) {
    for (int i = 0; i < count; i++) {
      if (regions[i].contains(regions[i].offsetOfGuest(guestAddress))) {
        return regions[i];
      }
    }
    return null;
  }

  /**
   * Appends the parts of our memory that make a buffer of the guest.
   *
   * @param length in bytes, less than 2^32
   * @return false if some of it isn't shared, or there is no room
   */
  boolean resolve(long guestAddress, long length, ChainBuffers buffers) {
    long address = guestAddress;
    long left = length;
    while (left > 0) {
      MemoryRegion region = ofGuest(address);
      if (region == null) {
        return false;
      }
      long offset = region.offsetOfGuest(address);
      long part = Math.min(Math.min(left, region.size() - offset), Integer.MAX_VALUE);
      if (!buffers.add(region.memory(), offset, (int) part, address)) {
        return false;
      }
      address += part;
      left -= part;
    }
    return true;
  }
}
