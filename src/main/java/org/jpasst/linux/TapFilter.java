package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The classic BPF filter of a TAP device that lets everything through: one instruction, {@code ret
 * -1}. It is there to be seen: TUNGETIFF sets IFF_NOFILTER where a device has no filter, the same
 * bit as IFF_NO_PI, which can't be told then.
 */
public final class TapFilter implements AutoCloseable {
  private final Arena arena = Arena.ofConfined();
  private final int fd;
  private boolean attached;

  /**
   * Attaches it, unless the device has had a filter of somebody else's.
   *
   * @param fd stays the caller's
   */
  public TapFilter(int fd) {
    this.fd = fd;
    MemorySegment present = arena.allocate(BpfProgram.SIZE, 8);
    if (ioctl(Ioctl.TUNGETFILTER, present) < 0 || present.get(JAVA_SHORT, 0) != 0) {
      return;
    }
    attached = ioctl(Ioctl.TUNATTACHFILTER, BpfProgram.returning(-1).allocate(arena)) == 0;
  }

  /** Takes it away again. */
  @Override
  public void close() {
    if (attached) {
      ioctl(Ioctl.TUNDETACHFILTER, MemorySegment.NULL);
    }
    arena.close();
  }

  private int ioctl(int request, MemorySegment argument) {
    return FileDescriptors.ioctl(fd, request, argument.address());
  }
}
