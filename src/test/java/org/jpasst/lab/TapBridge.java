package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.zip.CRC32;

/** The program tap-bridge, compiled once from src/test/lab/tap-bridge.c. */
final class TapBridge {
  private static final Duration COMPILING = Duration.ofMinutes(1);

  private TapBridge() {}

  /** The binary; its name holds a checksum of the source, so that a change makes a new one. */
  static Path binary() {
    Path source = LabDirectory.script("tap-bridge.c");
    try {
      CRC32 checksum = new CRC32();
      checksum.update(Files.readAllBytes(source));
      Path binary = LabDirectory.path().resolve("tap-bridge-%08x".formatted(checksum.getValue()));
      if (!Files.isExecutable(binary)) {
        Path fresh = Files.createTempFile(LabDirectory.path(), "tap-bridge", ".new");
        LabProcess.run(
            List.of("cc", "-O2", "-Wall", "-pthread", "-o", fresh.toString(), source.toString()),
            COMPILING);
        Files.move(fresh, binary, StandardCopyOption.ATOMIC_MOVE);
      }
      return binary;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
