package org.jpasst.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The frames by which a state goes from one back-end to the other. */
final class TransferReaderTest {
  private static final long SEED = 20261130;
  private static final int INPUTS = 500;

  private static List<TransferFrame> conversation() {
    byte[] piece = new byte[TransferFrame.MAX_LENGTH];
    new Random(SEED).nextBytes(piece);
    return List.of(
        TransferFrame.of(TransferTag.HELO, TransferFrame.VERSION),
        new TransferFrame(TransferTag.STAT, ByteBuffer.wrap(piece)),
        new TransferFrame(TransferTag.STAT, ByteBuffer.wrap(piece, 0, 1)),
        TransferFrame.of(TransferTag.DONE, TransferFrame.MAX_LENGTH + 1L),
        TransferFrame.of(TransferTag.HAVE, 1L << 40),
        TransferFrame.of(TransferTag.GOES),
        TransferFrame.of(TransferTag.LOAD, 11),
        TransferFrame.of(TransferTag.STAY));
  }

  private static byte[] bytes(List<TransferFrame> frames) {
    var all = new ByteArrayOutputStream();
    frames.forEach(each -> all.writeBytes(each.bytes()));
    return all.toByteArray();
  }

  private static List<TransferFrame> read(TransferReader reader, byte[] bytes, int length) {
    List<TransferFrame> got = new ArrayList<>();
    for (int at = 0; at < length; ) {
      int part = Math.min(reader.room(), length - at);
      reader.add(ByteBuffer.wrap(bytes, at, part));
      at += part;
      for (Optional<TransferFrame> each = reader.next(); each.isPresent(); each = reader.next()) {
        got.add(each.get());
      }
      if (reader.isMalformed()) {
        return got;
      }
    }
    return got;
  }

  @Test
  void aFrameIsATagALengthAndItsContent() {
    assertThat(TransferFrame.of(TransferTag.HELO, 1).bytes())
        .containsExactly('H', 'E', 'L', 'O', 0, 0, 0, 4, 0, 0, 0, 1);
    assertThat(TransferFrame.of(TransferTag.STAY).bytes())
        .containsExactly('S', 'T', 'A', 'Y', 0, 0, 0, 0);
  }

  @Test
  void framesThatComeAtOnceAreReadOneByOne() {
    List<TransferFrame> frames = conversation();
    byte[] all = bytes(frames);
    assertThat(read(new TransferReader(), all, all.length)).isEqualTo(frames);
  }

  @Test
  void numbersAreAsTheyWereWritten() {
    assertThat(TransferFrame.of(TransferTag.LOAD, -1).number()).isEqualTo(0xffff_ffffL);
    assertThat(TransferFrame.of(TransferTag.DONE, 1L << 40).number()).isEqualTo(1L << 40);
  }

  /** Wherever it ends: what is complete has come, and nothing else. */
  @Test
  void whatIsCutOffIsNoFrame() {
    List<TransferFrame> frames = conversation();
    List<TransferFrame> small = new ArrayList<>(frames);
    small.remove(1);
    byte[] all = bytes(small);
    for (int length = 0; length < all.length; length++) {
      TransferReader reader = new TransferReader();
      List<TransferFrame> got = read(reader, all, length);
      assertThat(got).isEqualTo(small.subList(0, got.size()));
      assertThat(bytes(got).length).isLessThanOrEqualTo(length);
      assertThat(length - bytes(got).length).isLessThan(small.get(got.size()).bytes().length);
      assertThat(reader.isMalformed()).isFalse();
    }
  }

  @Test
  void aLengthThatItsTagDoesNotAllowIsMalformed() {
    for (TransferTag tag : TransferTag.values()) {
      for (int length : List.of(-1, Integer.MIN_VALUE, 3, TransferFrame.MAX_LENGTH + 1)) {
        TransferReader reader = new TransferReader();
        reader.add(ByteBuffer.allocate(8).putInt(tag.code()).putInt(length).flip());
        assertThat(reader.next()).isEmpty();
        assertThat(reader.isMalformed())
            .as("%s %d", tag, length)
            .isEqualTo(length != 3 || tag != TransferTag.STAT);
      }
    }
  }

  @Test
  void whateverComesThereIsRoomForMoreOrItIsMalformed() {
    Random random = new Random(SEED);
    byte[] all = bytes(conversation());
    int malformed = 0;
    for (int i = 0; i < INPUTS; i++) {
      byte[] changed = all.clone();
      changed[random.nextInt(20)] = (byte) random.nextInt(256);
      changed[changed.length - 1 - random.nextInt(60)] = (byte) random.nextInt(256);
      TransferReader reader = new TransferReader();
      read(reader, changed, changed.length);
      malformed += reader.isMalformed() ? 1 : 0;
      assertThat(reader.isMalformed() || reader.room() > 0).isTrue();
    }
    assertThat(malformed).isBetween(1, INPUTS);
  }
}
