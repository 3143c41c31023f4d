package org.jpasst.app;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.linux.FileFlag;

/** The descriptors that whoever started this process left open in it. */
public final class InheritedDescriptors {
  private static final Path OPEN = Path.of("/proc/self/fd");
  private static final int FIRST = 3;

  private InheritedDescriptors() {}

  /**
   * Closes all inherited descriptors from 3 on, so that nobody waits for the other end of a pipe
   * that is held here without knowing. To be called before the program opens any of its own; those
   * that the JVM opened are told from inherited ones by their close-on-exec flag.
   *
   * @param kept the guest's descriptor, or a negative number
   * @throws IOException if /proc cannot be read
   */
  public static void closeAllBut(int kept) throws IOException {
    FileDescriptors descriptors = new FileDescriptors();
    try (DirectoryStream<Path> open = Files.newDirectoryStream(OPEN)) {
      for (Path each : open) {
        int fd = Integer.parseInt(each.getFileName().toString());
        if (fd >= FIRST && fd != kept && isInherited(descriptors, fd)) {
          descriptors.close(fd);
        }
      }
    }
  }

  private static boolean isInherited(FileDescriptors descriptors, int fd) {
    int flags = descriptors.fcntl(fd, FileFlag.F_GETFD, 0);
    return flags >= 0 && (flags & FileFlag.FD_CLOEXEC) == 0;
  }
}
