package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.zip.CRC32;

/** A program of the lab in C, compiled once from its source in src/test/lab. */
public enum CProgram {
  /** Joins a TAP device with a stream socket of QEMU's framing. */
  TAP_BRIDGE("tap-bridge"),
  /** Joins TAP devices, or one with a stream socket, and loses, delays and reorders frames. */
  LOSSY_LINK("lossy-link"),
  /** Lets the kernel be the guest of a vhost-user back-end, on a TAP device. */
  VHOST_USER_TAP("vhost-user-tap"),
  /** Makes traffic for measurements. */
  TRAFFIC("traffic"),
  /** Starts a back-end as QEMU does, with the time that it takes. */
  START_UP("start-up"),
  /** Runs a command on a kernel that refuses some socket options. */
  REFUSE_OPTIONS("refuse-options"),
  /** Makes connections that come and go. */
  CHURN("churn"),
  /** Tells a sender what of its own has arrived. */
  ARRIVALS("arrivals");

  private static final Duration COMPILING = Duration.ofMinutes(1);

  private final String program;

  CProgram(String program) {
    this.program = program;
  }

  /** The binary; its name holds a checksum of the source, so that a change makes a new one. */
  public Path binary() {
    Path source = LabDirectory.script(program + ".c");
    try {
      CRC32 checksum = new CRC32();
      checksum.update(Files.readAllBytes(source));
      Path binary = LabDirectory.path().resolve(program + "-%08x".formatted(checksum.getValue()));
      if (!Files.isExecutable(binary)) {
        Path fresh = Files.createTempFile(LabDirectory.path(), program, ".new");
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
