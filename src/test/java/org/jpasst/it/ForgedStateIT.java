package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.Operator;
import org.jpasst.migrate.stream.SectionSamples;
import org.junit.jupiter.api.Test;

/** Whatever a state that is to be loaded looks like, the back-end says so and goes on. */
@LabTest
final class ForgedStateIT {
  private static final int MUTATIONS = 2_000;
  private static final int MAX_FLIPS = 8;

  @Test
  void forgedStatesAreRefusedOrValidAndLeaveNothingOpen() throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, BackEnd.controlOption(lab).toArray(String[]::new));
        Operator operator = Operator.connect(lab)) {
      byte[] state =
          Files.readAllBytes(LabDirectory.checkout().resolve("test-vectors/migration/mixed-5.bin"));
      Path file = lab.directory().resolve("state");
      assertThat(load(operator, file, state)).contains("ok");
      int descriptors = backEnd.process().descriptors();
      Random random = new Random(1);
      int refused = 0;
      for (int i = 0; i < MUTATIONS; i++) {
        byte[] forged = state.clone();
        for (int j = random.nextInt(MAX_FLIPS); j >= 0; j--) {
          forged[random.nextInt(forged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        byte[] part = Arrays.copyOf(forged, random.nextInt(forged.length + 1));
        String answer = load(operator, file, random.nextBoolean() ? forged : part);
        assertThat(answer).matches("\\{\"(ok|error)\":.*");
        refused += answer.contains("error") ? 1 : 0;
      }
      assertThat(refused).isGreaterThan(MUTATIONS / 4);
      assertThat(backEnd.process().alive()).isTrue();
      assertThat(backEnd.process().output()).doesNotContain("Exception");
      // Connections that could be made sense of have no peer: the kernel resets them in time.
      assertThat(backEnd.process().descriptors()).isLessThan(descriptors + MUTATIONS);
      assertThat(load(operator, file, new byte[0])).contains("ENODATA");
    }
  }

  /** What is behind version 2 can be anything: the connections go on. */
  @Test
  void forgedSectionsHarmNothingElse() throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, BackEnd.controlOption(lab).toArray(String[]::new));
        Operator operator = Operator.connect(lab)) {
      byte[] connections =
          Files.readAllBytes(
              LabDirectory.checkout().resolve("test-vectors/migration/no-flows-seen.bin"));
      byte[] sections = SectionSamples.bytes();
      Path file = lab.directory().resolve("state");
      Random random = new Random(2);
      for (int i = 0; i < MUTATIONS; i++) {
        byte[] forged = sections.clone();
        for (int j = random.nextInt(MAX_FLIPS); j > 0; j--) {
          forged[random.nextInt(forged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        int length = random.nextInt(forged.length + 1);
        byte[] state = Arrays.copyOf(connections, connections.length + length);
        System.arraycopy(forged, 0, state, connections.length, length);
        assertThat(load(operator, file, state)).contains("\"ok\"");
      }
      assertThat(backEnd.process().alive()).isTrue();
      assertThat(backEnd.process().output())
          .contains("UDP flows go on here", "are ignored", "is ignored")
          .doesNotContain("Exception");
    }
  }

  private static String load(Operator operator, Path file, byte[] state) throws IOException {
    Files.write(file, state);
    return operator.ask("migrate load", file);
  }
}
