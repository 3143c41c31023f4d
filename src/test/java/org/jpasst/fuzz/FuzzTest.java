package org.jpasst.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The campaign itself, shortly, and all that it has ever found. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class FuzzTest {
  private static final Path VECTORS = Path.of("test-vectors", "fuzz");
  private static final long SEED = 15;
  private static final int INPUTS = 1000;

  static List<Path> vectors() throws IOException {
    try (Stream<Path> files = Files.list(VECTORS)) {
      return files.filter(each -> each.toString().endsWith(".fuzz")).sorted().toList();
    }
  }

  /** In a namespace of its own where that can be had. */
  private static <T> T confined(Callable<T> task) throws Exception {
    boolean root = "root".equals(System.getProperty("user.name"));
    return root ? Confinement.call(task) : task.call();
  }

  @Tag("fuzz")
  @ParameterizedTest
  @EnumSource
  void aShortCampaignFindsNothing(TargetKind kind) throws Exception {
    Optional<Campaign.Finding> finding =
        confined(
            () -> {
              var campaign = new Campaign(kind, SEED);
              Optional<Campaign.Finding> found = campaign.run(() -> campaign.inputs() < INPUTS);
              campaign.close();
              return found;
            });
    if (finding.isPresent()) {
      throw new AssertionError(
          "session " + finding.get().session() + " of seed " + SEED, finding.get().failure());
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void whatWasFoundOnceHolds(Path file) throws Exception {
    Vector vector = Vector.read(file);
    confined(
        () -> {
          vector.play();
          return true;
        });
  }

  @Test
  void anInputIsOneLineThatSaysTheSameAgain() {
    var random = new SplittableRandom(SEED);
    for (int i = 0; i < 1000; i++) {
      long[] numbers = random.longs(random.nextInt(5)).toArray();
      byte[] bytes = new byte[random.nextInt(20)];
      random.nextBytes(bytes);
      var input = new Input("name", numbers, bytes);
      assertThat(Input.parse(input.toString())).isEqualTo(input);
    }
  }
}
