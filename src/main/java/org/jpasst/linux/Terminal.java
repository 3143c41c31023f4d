package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A terminal by its descriptor (ioctl_tty(2)): asked for its size, and made to give each key as it
 * is pressed. Offsets are those of {@code struct termios} in asm-generic/termbits.h.
 */
public final class Terminal {
  /** Standard input. */
  public static final int STDIN = 0;

  /** Standard output. */
  public static final int STDOUT = 1;

  /** Standard error. */
  public static final int STDERR = 2;

  private static final int TERMIOS_SIZE = 36;
  private static final long LOCAL_FLAGS_AT = 12;
  private static final long CONTROL_CHARACTERS_AT = 17;
  private static final int VTIME = 5;
  private static final int VMIN = 6;
  private static final int ISIG = 0x1; // Ctrl-C is a key, too
  private static final int ICANON = 0x2;
  private static final int ECHO = 0x8;
  private static final int WINSIZE_SIZE = 8;

  private final int fd;
  private final MemorySegment before = Arena.ofAuto().allocate(TERMIOS_SIZE, 4);
  private final boolean isTerminal;
  private boolean changed;

  /** What is behind a descriptor, which stays the caller's. */
  public Terminal(int fd) {
    this.fd = fd;
    isTerminal = FileDescriptors.ioctl(fd, Ioctl.TCGETS, before.address()) >= 0;
  }

  /**
   * How much a terminal shows.
   *
   * @param rows lines
   * @param columns characters in a line
   */
  public record Size(int rows, int columns) {}

  /** Whether it is a terminal at all. */
  public boolean isTerminal() {
    return isTerminal;
  }

  /** Its present size; 24 lines of 80 characters where it doesn't tell. */
  public Size size() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment size = arena.allocate(WINSIZE_SIZE, 2);
      int result = FileDescriptors.ioctl(fd, Ioctl.TIOCGWINSZ, size.address());
      int rows = Short.toUnsignedInt(size.get(JAVA_SHORT, 0));
      int columns = Short.toUnsignedInt(size.get(JAVA_SHORT, 2));
      return result < 0 || rows == 0 || columns == 0 ? new Size(24, 80) : new Size(rows, columns);
    }
  }

  /** From now on keys can be read at once, aren't shown, and none of them is a signal. */
  public void readKeys() {
    if (!isTerminal) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment termios = arena.allocate(TERMIOS_SIZE, 4).copyFrom(before);
      int flags = termios.get(JAVA_INT, LOCAL_FLAGS_AT);
      termios.set(JAVA_INT, LOCAL_FLAGS_AT, flags & ~(ISIG | ICANON | ECHO));
      termios.set(JAVA_BYTE, CONTROL_CHARACTERS_AT + VTIME, (byte) 0);
      termios.set(JAVA_BYTE, CONTROL_CHARACTERS_AT + VMIN, (byte) 1);
      changed = FileDescriptors.ioctl(fd, Ioctl.TCSETS, termios.address()) >= 0;
    }
  }

  /** As it was before. */
  public void restore() {
    if (changed) {
      FileDescriptors.ioctl(fd, Ioctl.TCSETS, before.address());
      changed = false;
    }
  }
}
