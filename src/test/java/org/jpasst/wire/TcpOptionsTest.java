package org.jpasst.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TcpOptionsTest {
  private static final int SACK = 5;
  private static final int TIMESTAMPS = 8;

  private final MemorySegment s = Arena.ofAuto().allocate(60);

  /** A header with these options, filled up with zeros; in memory that ends where it does. */
  private MemorySegment header(String options) {
    byte[] bytes = HexFormat.of().parseHex(options);
    int length = TcpHeader.LENGTH + (bytes.length + 3 & ~3);
    MemorySegment header = s.asSlice(0, length).fill((byte) 0);
    TcpHeader.write(header, 0, 1, 2, 3, 4, length, TcpHeader.ACK, 5);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, header, TcpHeader.LENGTH, bytes.length);
    return header;
  }

  private static long timestampsAt(MemorySegment header) {
    return TcpOptions.timestampsAt(header, 0, (int) header.byteSize());
  }

  private static long sackAt(MemorySegment header) {
    return TcpOptions.sackAt(header, 0, (int) header.byteSize());
  }

  @Test
  void timestampsAreFoundWhereverTheyAre() {
    assertThat(timestampsAt(header("0101080a0102030405060708"))).isEqualTo(24);
    assertThat(timestampsAt(header("080a01020304050607080101"))).isEqualTo(22);
    assertThat(timestampsAt(header("020405b40402080a0102030405060708"))).isEqualTo(28);
    assertThat(timestampsAt(header("01080a0102030405060708"))).isEqualTo(23);
  }

  @Test
  void missingOrMalformedTimestampsCountAsAbsent() {
    for (String each :
        new String[] {
          "",
          "01010101",
          "0101080a",
          "080a0102030405",
          "08090102030405060701",
          "0800",
          "08",
          "080b010203040506070809",
          "0103" + "080a0102030405060708",
          "00080a0102030405060708"
        }) {
      assertThat(timestampsAt(header(each))).as(each).isEqualTo(TcpOptions.ABSENT);
    }
  }

  @Test
  void sackBlocksAreRead() {
    MemorySegment header =
        header("0101080a0000000100000002" + "0101" + "0512" + block(7, 9) + block(-3, 4));
    long option = sackAt(header);
    assertThat(option).isEqualTo(34);
    assertThat(TcpOptions.sackBlocks(header, option)).isEqualTo(2);
    assertThat(TcpOptions.sackStart(header, option, 0)).isEqualTo(7);
    assertThat(TcpOptions.sackEnd(header, option, 0)).isEqualTo(9);
    assertThat(TcpOptions.sackStart(header, option, 1)).isEqualTo(-3);
    assertThat(TcpOptions.sackEnd(header, option, 1)).isEqualTo(4);
  }

  private static String block(int start, int end) {
    return "%08x%08x".formatted(start, end);
  }

  @Test
  void anUnevenSackOptionHasTheBlocksThatAreWhole() {
    MemorySegment header = header("0511" + block(7, 9) + "00000000000000");
    assertThat(TcpOptions.sackBlocks(header, sackAt(header))).isEqualTo(1);
    header = header("0502");
    assertThat(TcpOptions.sackBlocks(header, sackAt(header))).isZero();
    assertThat(sackAt(header("0501"))).isEqualTo(TcpOptions.ABSENT);
    assertThat(sackAt(header("050a00000001"))).isEqualTo(TcpOptions.ABSENT);
  }

  @Test
  void whatIsWrittenIsReadBack() {
    var random = new Random(2018);
    for (int blocks = 1; blocks <= TcpOptions.MAX_SACK_BLOCKS - 1; blocks++) {
      int length =
          TcpHeader.LENGTH
              + TcpOptions.TIMESTAMPS_LENGTH
              + TcpOptions.SACK_HEADER_LENGTH
              + blocks * TcpOptions.SACK_BLOCK_LENGTH;
      MemorySegment header = s.asSlice(0, length).fill((byte) -1);
      TcpHeader.write(header, 0, 1, 2, 3, 4, length, TcpHeader.ACK, 5);
      int value = random.nextInt();
      int echo = random.nextInt();
      TcpOptions.writeTimestamps(header, TcpHeader.LENGTH, value, echo);
      int at = TcpHeader.LENGTH + TcpOptions.TIMESTAMPS_LENGTH;
      TcpOptions.writeSackHeader(header, at, blocks);
      int[] numbers = random.ints(2L * blocks).toArray();
      for (int i = 0; i < blocks; i++) {
        long blockAt = at + TcpOptions.SACK_HEADER_LENGTH + (long) i * TcpOptions.SACK_BLOCK_LENGTH;
        TcpOptions.writeSackBlock(header, blockAt, numbers[2 * i], numbers[2 * i + 1]);
      }

      long timestamps = timestampsAt(header);
      assertThat(NetworkOrder.get32(header, timestamps)).isEqualTo(value);
      assertThat(NetworkOrder.get32(header, timestamps + 4)).isEqualTo(echo);
      long option = sackAt(header);
      assertThat(TcpOptions.sackBlocks(header, option)).isEqualTo(blocks);
      for (int i = 0; i < blocks; i++) {
        assertThat(TcpOptions.sackStart(header, option, i)).isEqualTo(numbers[2 * i]);
        assertThat(TcpOptions.sackEnd(header, option, i)).isEqualTo(numbers[2 * i + 1]);
      }
    }
  }

  @Test
  void aSynsOptionsAreWrittenAsRfc7323AppendixARecommends() {
    TcpOptions.writeSackPermitted(s, 0);
    TcpOptions.writeTimestamps(s, 4, 0x01020304, 0x05060708);
    byte[] bytes = s.asSlice(0, 16).toArray(ValueLayout.JAVA_BYTE);
    assertThat(HexFormat.of().formatHex(bytes)).isEqualTo("010104020101080a0102030405060708");
  }

  @Test
  void whateverTheBytesNothingIsReadBeyondTheHeader() {
    var random = new Random(7323);
    int[] lengths = {2, 3, 4, 10, 18, 26, 34};
    int found = 0;
    for (int i = 0; i < 300_000; i++) {
      int length = TcpHeader.LENGTH + 4 * random.nextInt(11);
      // A slice of its own: reading beyond it throws.
      MemorySegment header = s.asSlice(0, length);
      TcpHeader.write(header, 0, 1, 2, 3, 4, length, 0, 0);
      for (int j = TcpHeader.LENGTH; j < length; j++) {
        int value =
            switch (random.nextInt(4)) {
              case 0 -> random.nextInt(256);
              case 1 -> lengths[random.nextInt(lengths.length)];
              case 2 -> random.nextBoolean() ? SACK : TIMESTAMPS;
              default -> 1;
            };
        NetworkOrder.put8(header, j, value);
      }
      long timestamps = timestampsAt(header);
      int naive = naive(header, TIMESTAMPS);
      boolean whole = naive >= 0 && NetworkOrder.get8(header, naive + 1) == 10;
      assertThat(timestamps).isEqualTo(whole ? naive + 2 : TcpOptions.ABSENT);
      if (timestamps != TcpOptions.ABSENT) {
        NetworkOrder.get32(header, timestamps + 4);
        found++;
      }
      long option = sackAt(header);
      assertThat(option).isEqualTo(naive(header, SACK));
      if (option != TcpOptions.ABSENT) {
        int blocks = TcpOptions.sackBlocks(header, option);
        assertThat(blocks).isBetween(0, TcpOptions.MAX_SACK_BLOCKS);
        for (int block = 0; block < blocks; block++) {
          TcpOptions.sackStart(header, option, block);
          TcpOptions.sackEnd(header, option, block);
          found++;
        }
      }
    }
    assertThat(found).isGreaterThan(10_000);
  }

  /** Where the first option of a kind begins, or -1; the list ends where it is malformed. */
  private static int naive(MemorySegment header, int wanted) {
    byte[] bytes = header.toArray(ValueLayout.JAVA_BYTE);
    int at = TcpHeader.LENGTH;
    while (at < bytes.length && bytes[at] != 0) {
      if (bytes[at] == 1) {
        at++;
        continue;
      }
      int length = at + 1 < bytes.length ? bytes[at + 1] & 0xff : 0;
      if (length < 2 || at + length > bytes.length) {
        return -1;
      }
      if (bytes[at] == wanted) {
        return at;
      }
      at += length;
    }
    return -1;
  }
}
