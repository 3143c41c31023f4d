package org.jpasst.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * What of the file system the process's mount namespace shows (mount_namespaces(7)). Each call
 * returns zero, or the negated error number.
 */
public final class Mounts {
  /** MOUNT_ATTR_RDONLY. */
  public static final long READ_ONLY = 1;

  /** MOUNT_ATTR_NOSUID. */
  public static final long NO_SUID = 2;

  /** MOUNT_ATTR_NODEV. */
  public static final long NO_DEVICES = 4;

  /** MOUNT_ATTR_NOEXEC. */
  public static final long NO_EXEC = 8;

  private static final MethodHandle MOUNT = CLibrary.function("mount");
  private static final MethodHandle UMOUNT2 = CLibrary.function("umount2");
  private static final MethodHandle CHDIR = CLibrary.function("chdir");
  private static final MethodHandle CHROOT = CLibrary.function("chroot");
  private static final MethodHandle SYSCALL = CLibrary.function("syscall");

  private static final long MS_BIND = 0x1000;
  private static final long MS_REC = 0x4000;
  private static final long MNT_DETACH = 2;
  private static final long AT_FDCWD = -100;
  private static final long AT_RECURSIVE = 0x8000;
  private static final long ATTRIBUTES_SIZE = 32; // struct mount_attr: set, clear, two more u64
  private static final long SYS_MOUNT_SETATTR = 442; // of every architecture

  /** A number that no system call has: ENOSYS. */
  private static final int UNKNOWN = -1;

  /** Mounts an empty file system in memory there. */
  public int mountTmpfs(Path at, String options) {
    try (Arena arena = Arena.ofConfined()) {
      long type = arena.allocateFrom("tmpfs").address();
      long data = arena.allocateFrom(options).address();
      return CLibrary.call(MOUNT, type, address(arena, at), type, 0, data);
    }
  }

  /** Shows a file or directory, with all that is mounted in it, at another place as well. */
  public int bind(Path source, Path at) {
    try (Arena arena = Arena.ofConfined()) {
      return CLibrary.call(
          MOUNT, address(arena, source), address(arena, at), 0, MS_BIND | MS_REC, 0);
    }
  }

  /**
   * mount_setattr(2): sets attributes of a mount.
   *
   * @param recursively also of all mounts in it
   */
  public int setAttributes(Path at, long attributes, boolean recursively) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attr = arena.allocate(ATTRIBUTES_SIZE, 8);
      attr.set(JAVA_LONG, 0, attributes);
      return CLibrary.call(
          SYSCALL,
          SYS_MOUNT_SETATTR,
          AT_FDCWD,
          address(arena, at),
          recursively ? AT_RECURSIVE : 0,
          attr.address(),
          ATTRIBUTES_SIZE);
    }
  }

  /**
   * Makes a mount the root of the namespace and of its processes, and lets go of the former one.
   */
  public int pivotRoot(Path newRoot) {
    try (Arena arena = Arena.ofConfined()) {
      // The former root is mounted over the new one, and unmounted from there: pivot_root(2),
      // notes.
      long here = arena.allocateFrom(".").address();
      int result = changeDirectory(newRoot);
      if (result >= 0) {
        long number = Architecture.ofThisProcess().map(Architecture::pivotRoot).orElse(UNKNOWN);
        result = CLibrary.call(SYSCALL, number, here, here);
      }
      return result < 0 ? result : CLibrary.call(UMOUNT2, here, MNT_DETACH);
    }
  }

  /** chroot(2). */
  public int changeRoot(Path newRoot) {
    try (Arena arena = Arena.ofConfined()) {
      return CLibrary.call(CHROOT, address(arena, newRoot));
    }
  }

  /** chdir(2). */
  public int changeDirectory(Path directory) {
    try (Arena arena = Arena.ofConfined()) {
      return CLibrary.call(CHDIR, address(arena, directory));
    }
  }

  private static long address(Arena arena, Path path) {
    return arena.allocateFrom(path.toString()).address();
  }
}
