package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.Test;

/** Whatever a state that is to be loaded looks like, the back-end says so and goes on. */
@LabTest
final class ForgedStateIT {
  private static final int MUTATIONS = 2_000;
  private static final int MOST_FLIPS = 8;

  @Test
  void forgedStatesAreRefusedOrValidAndLeaveNothingOpen() throws IOException {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, BackEnd.controlOption(lab).toArray(String[]::new));
        SocketChannel operator = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      operator.connect(UnixDomainSocketAddress.of(BackEnd.controlOption(lab).getLast()));
      var answers = new BufferedReader(Channels.newReader(operator, StandardCharsets.UTF_8));
      byte[] state =
          Files.readAllBytes(LabDirectory.checkout().resolve("test-vectors/migration/mixed-5.bin"));
      Path file = lab.directory().resolve("state");
      assertThat(load(operator, answers, file, state)).contains("ok");
      int descriptors = backEnd.process().descriptors();
      Random random = new Random(1);
      int refused = 0;
      for (int i = 0; i < MUTATIONS; i++) {
        byte[] forged = state.clone();
        for (int j = random.nextInt(MOST_FLIPS); j >= 0; j--) {
          forged[random.nextInt(forged.length)] ^= (byte) (1 << random.nextInt(8));
        }
        byte[] part = Arrays.copyOf(forged, random.nextInt(forged.length + 1));
        String answer = load(operator, answers, file, random.nextBoolean() ? forged : part);
        assertThat(answer).matches("\\{\"(ok|error)\":.*");
        refused += answer.contains("error") ? 1 : 0;
      }
      assertThat(refused).isGreaterThan(MUTATIONS / 4);
      assertThat(backEnd.process().alive()).isTrue();
      assertThat(backEnd.process().output()).doesNotContain("Exception");
      // Connections that could be made sense of have no peer: the kernel resets them in time.
      assertThat(backEnd.process().descriptors()).isLessThan(descriptors + MUTATIONS);
      assertThat(load(operator, answers, file, new byte[0])).contains("ENODATA");
    }
  }

  private static String load(
      SocketChannel operator, BufferedReader answers, Path file, byte[] state) throws IOException {
    Files.write(file, state);
    String request = "{\"command\":\"migrate load\",\"path\":\"" + file + "\"}\n";
    operator.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
    return answers.readLine();
  }
}
