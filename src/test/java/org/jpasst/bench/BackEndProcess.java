package org.jpasst.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What the kernel tells about a running back-end.
 *
 * @param pid its process id
 */
record BackEndProcess(long pid) {
  private static final double KIBIBYTES_PER_MEBIBYTE = 1024;

  /** CPU seconds that all its threads have used, in user space and in the kernel. */
  double cpuSeconds() {
    return new CpuClock(pid).seconds();
  }

  /** Resident set in MiB. */
  double residentMebibytes() {
    return read("status")
            .lines()
            .filter(each -> each.startsWith("VmRSS:"))
            .mapToLong(each -> Long.parseLong(each.replaceAll("[^0-9]", "")))
            .findFirst()
            .orElseThrow()
        / KIBIBYTES_PER_MEBIBYTE;
  }

  /** Number of open descriptors. */
  int descriptors() {
    try (Stream<Path> each = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      return (int) each.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String read(String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
