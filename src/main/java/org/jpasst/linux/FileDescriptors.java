package org.jpasst.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * Calls on descriptors of any kind. Each returns what the call returns, or the negated error
 * number. Of these only reading and writing are for the packet path.
 */
public final class FileDescriptors {
  private static final MethodHandle OPEN = CLibrary.variadic("open", 2);
  private static final MethodHandle READ = CLibrary.function("read");
  private static final MethodHandle WRITE = CLibrary.function("write");
  private static final MethodHandle WRITEV = CLibrary.function("writev");
  private static final MethodHandle CLOSE = CLibrary.function("close");
  private static final MethodHandle DUP2 = CLibrary.function("dup2");
  private static final MethodHandle FCHMOD = CLibrary.function("fchmod");
  private static final MethodHandle FCHOWN = CLibrary.function("fchown");
  private static final MethodHandle FSYNC = CLibrary.function("fsync");
  private static final MethodHandle FTRUNCATE = CLibrary.function("ftruncate");
  private static final MethodHandle LSEEK = CLibrary.function("lseek");
  private static final MethodHandle FCNTL = CLibrary.variadic("fcntl", 2);
  private static final MethodHandle IOCTL = CLibrary.variadic("ioctl", 2);

  private static final int SEEK_SET = 0;
  private static final int SEEK_CUR = 1;

  private FileDescriptors() {}

  /**
   * open(2).
   *
   * @param flags of {@link FileFlag}
   * @param mode permissions of a new file
   */
  public static int open(String path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path, StandardCharsets.UTF_8);
      return CLibrary.call(OPEN, name.address(), flags, mode);
    }
  }

  /** read(2) into a part of a buffer. */
  public static int read(int fd, MemorySegment buffer, long at, long length) {
    MemorySegment errno = CLibrary.errno();
    Objects.checkFromIndexSize(at, length, buffer.byteSize());
    try {
      return CLibrary.result(
          (long) READ.invokeExact(errno, (long) fd, buffer.address() + at, length, 0L, 0L, 0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  /** write(2) of a part of a buffer. */
  public static int write(int fd, MemorySegment buffer, long at, long length) {
    MemorySegment errno = CLibrary.errno();
    Objects.checkFromIndexSize(at, length, buffer.byteSize());
    try {
      return CLibrary.result(
          (long) WRITE.invokeExact(errno, (long) fd, buffer.address() + at, length, 0L, 0L, 0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  /**
   * writev(2).
   *
   * @param count how many of the vectors, from the first on
   */
  public static int writev(int fd, IoVectors vectors, int count) {
    MemorySegment errno = CLibrary.errno();
    Objects.checkFromIndexSize(0, count, vectors.capacity());
    try {
      return CLibrary.result(
          (long) WRITEV.invokeExact(errno, (long) fd, vectors.address(), (long) count, 0L, 0L, 0L),
          errno);
    } catch (Throwable t) {
      throw CLibrary.unexpected(t);
    }
  }

  /** read(2) of one byte: it, -1 at the end, or the negated error number less one. */
  public static int readByte(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(1);
      int result = read(fd, buffer, 0, 1);
      return result == 1 ? Byte.toUnsignedInt(buffer.get(ValueLayout.JAVA_BYTE, 0)) : result - 1;
    }
  }

  /** close(2). */
  public static int close(int fd) {
    return CLibrary.call(CLOSE, fd);
  }

  /** dup2(2). */
  public static int dup2(int fd, int newFd) {
    return CLibrary.call(DUP2, fd, newFd);
  }

  /**
   * fcntl(2).
   *
   * @param command one of {@link FileFlag}
   */
  public static int fcntl(int fd, int command, int argument) {
    return CLibrary.call(FCNTL, fd, command, argument);
  }

  /**
   * ioctl(2) with an interface's name and flags, which the kernel may change.
   *
   * @param request one of {@link Ioctl}
   */
  public static int ioctl(int fd, int request, InterfaceRequest argument) {
    return ioctl(fd, request, argument.address());
  }

  /**
   * ioctl(2) with a number.
   *
   * @param request one of {@link Ioctl}
   */
  public static int ioctl(int fd, int request, long argument) {
    return CLibrary.call(IOCTL, fd, request, argument);
  }

  /**
   * ioctl(2) with a number of 32 bits at an address, which the kernel may change.
   *
   * @param request one of {@link Ioctl}
   * @return what the number is then, or the negated error number
   */
  public static int ioctlAt(int fd, int request, int number) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment at = arena.allocateFrom(ValueLayout.JAVA_INT, number);
      int result = ioctl(fd, request, at.address());
      return result < 0 ? result : at.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /**
   * fchmod(2). For a UNIX socket that isn't bound yet these become the permissions of its file,
   * less the umask.
   */
  public static int fchmod(int fd, int mode) {
    return CLibrary.call(FCHMOD, fd, mode);
  }

  /** fchown(2). */
  public static int fchown(int fd, int user, int group) {
    return CLibrary.call(FCHOWN, fd, user, group);
  }

  /** fsync(2). */
  public static int fsync(int fd) {
    return CLibrary.call(FSYNC, fd);
  }

  /**
   * Whether a descriptor has a position (lseek(2)): files have, pipes, sockets, terminals don't.
   */
  public static boolean isSeekable(int fd) {
    return seek(fd, SEEK_CUR) >= 0;
  }

  /** lseek(2) to the beginning. */
  public static int rewind(int fd) {
    return (int) seek(fd, SEEK_SET);
  }

  private static long seek(int fd, int whence) {
    return CLibrary.wideCall(LSEEK, fd, 0, whence);
  }

  /**
   * ftruncate(2) at the descriptor's position. Done to what has no position or isn't a regular file
   * it has no effect, and is no error: nothing is behind it.
   */
  public static int cutOff(int fd) {
    long position = seek(fd, SEEK_CUR);
    int result = position < 0 ? 0 : CLibrary.call(FTRUNCATE, fd, position);
    // Or isn't open for writing: then writing tells.
    return result == -Errno.EINVAL ? 0 : result;
  }

  /** Whether a number is an open descriptor. */
  public static boolean isOpen(int fd) {
    return fcntl(fd, FileFlag.F_GETFD, 0) >= 0;
  }
}
