package org.jpasst.migrate.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jpasst.linux.ErrnoException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the bytes are: a clear error, or a state that is written again the same. */
@Tag("fuzz")
final class ForgedStreamTest {
  private static final long SEED = 5;
  private static final int MUTATIONS = 1_000_000;
  private static final int REWRITTEN = 64;
  private static final int SMALL = 2_300;

  static List<String> names() {
    return Streams.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everySingleByteFlipped(String name) {
    byte[] bytes = Streams.bytes(name);
    for (int at = 0; at < bytes.length; at++) {
      // Within a long queue all bytes are alike.
      for (int bit = 0; bit < (at < SMALL ? 8 : 1); bit++) {
        bytes[at] ^= (byte) (1 << bit);
        takeOrRefuse(bytes, bytes.length, true);
        bytes[at] ^= (byte) (1 << bit);
      }
      byte kept = bytes[at];
      for (byte extreme : new byte[] {0, -1, 127, -128, 1}) {
        bytes[at] = extreme;
        takeOrRefuse(bytes, bytes.length, true);
      }
      bytes[at] = kept;
    }
  }

  @Test
  void randomMutations() {
    var random = new SplittableRandom(SEED);
    List<byte[]> streams = new ArrayList<>();
    for (String name : Streams.names()) {
      byte[] bytes = Streams.bytes(name);
      if (bytes.length < SMALL) {
        streams.add(bytes);
      }
    }
    int taken = 0;
    byte[] work = new byte[SMALL];
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] original = streams.get(random.nextInt(streams.size()));
      System.arraycopy(original, 0, work, 0, original.length);
      int length = mutate(work, original.length, random);
      if (takeOrRefuse(work, length, i % REWRITTEN == 0)) {
        taken++;
      }
    }
    assertThat(taken).isBetween(MUTATIONS / 100, MUTATIONS * 99 / 100);
  }

  /** Changes a few bytes, most of them in the records, and sometimes the length. */
  private static int mutate(byte[] work, int length, SplittableRandom random) {
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(random.nextBoolean() ? length : Math.min(length, 230));
      switch (random.nextInt(4)) {
        case 0 -> work[at] = (byte) random.nextInt();
        case 1 -> work[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> work[at] = (byte) (random.nextBoolean() ? 0 : -1);
        default -> work[at] += (byte) (random.nextInt(5) - 2);
      }
    }
    return random.nextInt(16) == 0 ? random.nextInt(length + 1) : length;
  }

  private static boolean takeOrRefuse(byte[] bytes, int length, boolean rewrite) {
    byte[] exact = length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    try (Arena arena = Arena.ofConfined()) {
      StateStream stream = Streams.read(exact, arena);
      if (rewrite) {
        byte[] again = Streams.write(stream);
        // Less may have been read: where the mutation made flows or queues fewer.
        assertThat(again).isEqualTo(Arrays.copyOf(exact, again.length));
        assertThat(StreamReport.lines(stream)).hasSizeGreaterThan(2);
      }
      return true;
    } catch (ErrnoException e) {
      if (rewrite) {
        assertThat(e.getMessage()).doesNotContain("\n").containsPattern(": E[A-Z]+: [a-z ]+$");
      }
      return false;
    } catch (IOException e) {
      throw new AssertionError("not an error with a number", e);
    }
  }
}
