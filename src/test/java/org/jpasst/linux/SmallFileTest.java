package org.jpasst.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

final class SmallFileTest {
  @TempDir Path directory;

  @Test
  @EnabledOnOs(OS.LINUX)
  void aSysctlIsReadWhole() throws IOException {
    String range = SmallFile.read(Path.of("/proc/sys/net/ipv4/ip_local_port_range"));
    assertThat(range).matches("\\d+\\s+\\d+\\s*");
    String limit = SmallFile.read(Path.of("/proc/sys/fs/nr_open"));
    assertThat(Integer.parseInt(limit.strip())).isGreaterThan(1000);
  }

  @Test
  void anOrdinaryFileIsReadUpToTheLimit() throws IOException {
    Path file = directory.resolve("file");
    Files.writeString(file, "x".repeat(20_000) + "ü\n");
    assertThat(SmallFile.read(file)).hasSize(20_002).endsWith("ü\n");
    Files.writeString(file, "y".repeat(100_000));
    assertThat(SmallFile.read(file)).hasSize(65_536);
    Files.writeString(file, "");
    assertThat(SmallFile.read(file)).isEmpty();
  }
}
