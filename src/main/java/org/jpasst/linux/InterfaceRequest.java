package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * An interface's name and flags for ioctl(2): {@code struct ifreq} with {@code ifr_flags}
 * (netdevice(7)). The memory is there for the process's life.
 */
public final class InterfaceRequest {
  static final long SIZE = 40;
  static final long FLAGS_AT = 16;
  private static final int MAX_NAME = 15; // IFNAMSIZ less the NUL

  private final MemorySegment memory = Arena.global().allocate(SIZE, 8);

  /** A request without a name and without flags, to be filled by the kernel. */
  public InterfaceRequest() {}

  /**
   * A request about an interface.
   *
   * @param name of 1 to 15 bytes; a longer one is cut off
   * @param flags the lower 16 bits count
   */
  public InterfaceRequest(String name, int flags) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, MAX_NAME);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, length);
    memory.set(JAVA_SHORT, FLAGS_AT, (short) flags);
  }

  /** The interface's name, as the kernel has it after a call. */
  public String name() {
    return memory.getString(0, StandardCharsets.UTF_8);
  }

  /** Its flags, such as {@link TunFlag}: 16 bits, unsigned. */
  public int flags() {
    return memory.get(JAVA_SHORT, FLAGS_AT) & 0xffff;
  }

  /** Where the structure is. */
  long address() {
    return memory.address();
  }
}
