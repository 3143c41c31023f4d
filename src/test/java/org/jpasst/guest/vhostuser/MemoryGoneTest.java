package org.jpasst.guest.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Memory that a front-end takes away behind our back, at any point of the packet path. The
 * processor's instructions that touch it are others in interpreted code, in the virtual machine's
 * own and in what each compiler makes: all of them have to be survived.
 *
 * <p>{@code -Djpasst.processes=1000} starts as many processes of each kind.
 */
@Timeout(600)
final class MemoryGoneTest {
  private static final int PROCESSES = Integer.getInteger("jpasst.processes", 3);
  private static final int ROUNDS = 150;
  private static final int FRAMES = 400;

  @TempDir Path directory;

  @Test
  void endsTheConnectionAndNothingElse() throws IOException, InterruptedException {
    try (var memory = new VanishingMemory(directory, 23)) {
      for (int round = 0; round < ROUNDS; round++) {
        memory.round(FRAMES);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1", "-XX:+TieredCompilation"})
  void isSurvivedByAProcessFromItsFirstAccessOn(String mode)
      throws IOException, InterruptedException {
    for (int process = 0; process < PROCESSES; process++) {
      assertSurvives(mode, process, 3, 0);
      assertSurvives(mode, process, 3, 30);
    }
  }

  private void assertSurvives(String mode, int seed, int rounds, int frames)
      throws IOException, InterruptedException {
    List<String> command =
        Stream.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                mode,
                "-Xshare:auto",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=/dev/null",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                VanishingMemory.class.getName(),
                directory.toString(),
                Integer.toString(seed),
                Integer.toString(rounds),
                Integer.toString(frames))
            .toList();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as("seed %d, %d frames: %s", seed, frames, output).isZero();
    assertThat(output).endsWith("alive\n");
  }
}
