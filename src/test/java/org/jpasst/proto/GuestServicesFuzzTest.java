package org.jpasst.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jpasst.vectors.Frame;
import org.jpasst.vectors.FrameVectors;
import org.jpasst.vectors.Step;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** No frame of a guest makes a responder throw, read beyond it, or answer with a broken frame. */
@Tag("fuzz")
class GuestServicesFuzzTest {
  private static final String[] OPTIONS = {
    "--dns",
    "2001:db8::53",
    "--dns",
    "192.0.2.53",
    "--search",
    "example.org",
    "--fqdn",
    "g.example.org"
  };

  private final GuestServices services = TestConfiguration.services(OPTIONS);

  private static List<byte[]> frames() {
    return FrameVectors.names().stream()
        .map(FrameVectors::recorded)
        .flatMap(v -> v.steps().stream())
        .filter(Step.Send.class::isInstance)
        .map(s -> ((Step.Send) s).frame().bytes())
        .filter(f -> f.length < 700)
        .toList();
  }

  private void check(byte[] frame) {
    Optional<Frame> answer = services.answer(frame);
    answer.ifPresent(
        a -> {
          assertThat(a.checksumsHold()).as(() -> Frame.of(frame) + " -> " + a).isTrue();
          assertThat(a.length()).isBetween(60, 1514);
        });
  }

  @Test
  void truncatedFrames() {
    for (byte[] frame : frames()) {
      for (int length = 0; length < frame.length; length++) {
        check(Arrays.copyOf(frame, length));
      }
    }
  }

  @Test
  void framesWithOneByteFlipped() {
    for (byte[] frame : frames()) {
      for (int at = 0; at < frame.length; at++) {
        frame[at] ^= (byte) 0xff;
        check(frame);
        frame[at] ^= (byte) 0xff;
      }
    }
  }

  /** Damage behind right lengths and checksums, so that it gets to the innermost parsers. */
  @Test
  void framesWithDamagedContentAndRightChecksums() {
    Random random = new Random(8415);
    List<byte[]> frames = frames();
    int answered = 0;
    for (int i = 0; i < 300_000; i++) {
      byte[] original = frames.get(random.nextInt(frames.size()));
      if (original.length < 62) {
        continue;
      }
      byte[] frame = original.clone();
      for (int k = random.nextInt(6); k >= 0; k--) {
        int at = 42 + random.nextInt(frame.length - 42);
        frame[at] = (byte) (random.nextBoolean() ? random.nextInt(8) : random.nextInt());
      }
      byte[] damaged = withRightChecksum(frame);
      check(damaged);
      answered += services.answer(damaged).isPresent() ? 1 : 0;
    }
    assertThat(answered).isGreaterThan(1000);
  }

  private static byte[] withRightChecksum(byte[] bytes) {
    Frame frame = Frame.of(bytes);
    boolean known = frame.isUdp() || frame.protocol() == Frame.ICMPV6;
    return known && frame.transportEnd() >= frame.transportAt() + 8
        ? frame.withTransportChecksum().bytes()
        : bytes;
  }

  @Test
  void randomFrames() {
    Random random = new Random(4861);
    byte[][] types = {{8, 0}, {8, 6}, {(byte) 0x86, (byte) 0xdd}};
    for (int i = 0; i < 300_000; i++) {
      byte[] frame = new byte[random.nextInt(300)];
      random.nextBytes(frame);
      if (frame.length > 13) {
        byte[] type = types[random.nextInt(types.length)];
        frame[12] = type[0];
        frame[13] = type[1];
      }
      check(frame);
    }
  }
}
