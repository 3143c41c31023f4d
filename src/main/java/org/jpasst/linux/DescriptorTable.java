package org.jpasst.linux;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The process's table of descriptors, which the kernel doubles when one doesn't fit. Where a
 * process has several threads, as a JVM has, whoever asked for that descriptor waits until no
 * processor looks at the old table any more (expand_fdtable, fs/file.c): 8 to 24 ms each time, in
 * the midst of socket(2) or accept(2). So it is made large beforehand. It never gets smaller.
 */
public final class DescriptorTable {
  /** For a guest with so many flows there is no more waiting; 256 KiB of the kernel's memory. */
  private static final int USUAL = 1 << 15;

  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final String MAX_OPEN_FILES = "Max open files";

  private DescriptorTable() {}

  /**
   * How many descriptors this process may have, RLIMIT_NOFILE (proc_pid_limits(5)), or the largest
   * number where that isn't to be seen. The Java runtime has raised it to the hard limit at its
   * start (MaxFDLimit).
   */
  public static int limit() {
    String limits;
    try {
      limits = SmallFile.read(LIMITS);
    } catch (IOException e) {
      return Integer.MAX_VALUE;
    }
    return limits
        .lines()
        .filter(line -> line.startsWith(MAX_OPEN_FILES))
        .map(line -> line.substring(MAX_OPEN_FILES.length()).strip().split("\\s+")[0])
        .filter(limit -> limit.matches("[0-9]{1,9}"))
        .mapToInt(Integer::parseInt)
        .findFirst()
        .orElse(Integer.MAX_VALUE);
  }

  /**
   * Makes room for as many descriptors as are likely to be used, and the process may have. Waits,
   * as told above, once.
   */
  public static void enlarge() {
    var sockets = new LinuxSockets();
    int any = sockets.socket(AddressFamily.INET, SocketType.DGRAM | SocketType.CLOEXEC, 0);
    if (any < 0) {
      return; // where not even one can be had, there is nothing to make room for
    }
    int highest = -Errno.EINVAL; // what is beyond RLIMIT_NOFILE
    for (int size = USUAL; highest == -Errno.EINVAL && size > any; size /= 2) {
      highest = FileDescriptors.fcntl(any, FileFlag.F_DUPFD_CLOEXEC, size - 1);
    }
    if (highest >= 0) {
      sockets.close(highest);
    }
    sockets.close(any);
  }

  /** The same in a thread of its own, while nobody waits. */
  public static void enlargeMeanwhile() {
    Thread.ofPlatform().name("descriptor table").daemon().start(DescriptorTable::enlarge);
  }
}
