package org.jpasst.app;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jpasst.linux.Errno;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;

/** The descriptors that whoever started this process left open in it. */
public final class InheritedDescriptors {
  private static final Path OPEN = Path.of("/proc/self/fd");
  private static final int FIRST = 3;

  /** What somebody may wait for the end of. Files stay open: the JVM maps some of its own. */
  private static final List<String> CLOSED = List.of("pipe:", "socket:", "/dev/");

  private InheritedDescriptors() {}

  /**
   * Closes inherited pipes, sockets and devices from descriptor 3 on, so that nobody waits for the
   * other end of one that is held here without knowing. To be called before the program opens any
   * of its own; those that the JVM opened are told from inherited ones by their close-on-exec flag.
   *
   * @param kept those that the command line names
   * @throws IOException if /proc cannot be read
   */
  public static void closeAllBut(Set<Integer> kept) throws IOException {
    try (DirectoryStream<Path> open = Files.newDirectoryStream(OPEN)) {
      for (Path each : open) {
        int fd = Integer.parseInt(each.getFileName().toString());
        if (fd >= FIRST && !kept.contains(fd) && isInherited(fd) && hasOtherEnd(each)) {
          FileDescriptors.close(fd);
        }
      }
    }
  }

  /**
   * Takes one over, off the numbers of standard input, output and error.
   *
   * @param option that names it
   * @return the number that it has now
   * @throws LaunchException if it isn't open
   */
  static int own(int fd, String option) throws LaunchException {
    int own = FileDescriptors.fcntl(fd, FileFlag.F_DUPFD_CLOEXEC, FIRST);
    if (own < 0) {
      throw new LaunchException(option + ": not an open descriptor: " + Errno.name(own));
    }
    FileDescriptors.close(fd);
    return own;
  }

  private static boolean isInherited(int fd) {
    int flags = FileDescriptors.fcntl(fd, FileFlag.F_GETFD, 0);
    return flags >= 0 && (flags & FileFlag.FD_CLOEXEC) == 0;
  }

  private static boolean hasOtherEnd(Path descriptor) throws IOException {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return CLOSED.stream().anyMatch(target::startsWith);
    } catch (NoSuchFileException e) {
      return false;
    }
  }
}
