package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The classic BPF filter of a TAP device that lets everything through: one instruction, {@code ret
 * -1}. It is there to be seen: TUNGETIFF sets IFF_NOFILTER where a device has no filter, the same
 * bit as IFF_NO_PI, which can't be told then.
 */
public final class TapFilter implements AutoCloseable {
  private static final short BPF_RET_K = 0x06;

  private final FileDescriptors descriptors = new FileDescriptors();
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
    MemorySegment program = arena.allocate(SocketFilter.PROGRAM_SIZE, 8);
    if (ioctl(Ioctl.TUNGETFILTER, program) < 0 || program.get(JAVA_SHORT, 0) != 0) {
      return;
    }
    MemorySegment instruction = arena.allocate(SocketFilter.INSTRUCTION_SIZE, 8);
    instruction.set(JAVA_SHORT, 0, BPF_RET_K);
    instruction.set(JAVA_INT, 4, -1);
    program.set(JAVA_SHORT, 0, (short) 1);
    program.set(JAVA_LONG, SocketFilter.PROGRAM_POINTER_AT, instruction.address());
    attached = ioctl(Ioctl.TUNATTACHFILTER, program) == 0;
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
    return descriptors.ioctl(fd, request, argument.address());
  }
}
