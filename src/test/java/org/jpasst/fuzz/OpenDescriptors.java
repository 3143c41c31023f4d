package org.jpasst.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The descriptors that this process has open, but for those that the Java runtime opens when it
 * likes.
 */
final class OpenDescriptors {
  private static final Path DIRECTORY = Path.of("/proc/self/fd");
  private static final List<String> OF_THE_RUNTIME = List.of(".jar", ".jfr", "modules", ".jsa");

  private int all;
  private long ours;

  /** Remembers how many there are now. */
  OpenDescriptors() throws IOException {
    all = all();
    ours = ours();
  }

  /** Fails where there are others than there were. */
  void check() throws IOException {
    int now = all();
    if (now == all) {
      return;
    }
    long oursNow = ours();
    if (oursNow != ours) {
      throw new AssertionError((oursNow - ours) + " descriptors are left over");
    }
    all = now;
  }

  private static int all() throws IOException {
    try (Stream<Path> descriptors = Files.list(DIRECTORY)) {
      return (int) descriptors.count();
    }
  }

  private static long ours() throws IOException {
    try (Stream<Path> descriptors = Files.list(DIRECTORY)) {
      return descriptors.filter(each -> isOurs(each)).count();
    }
  }

  private static boolean isOurs(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return OF_THE_RUNTIME.stream().noneMatch(target::endsWith);
    } catch (IOException e) {
      return false; // that of the list itself
    }
  }
}
