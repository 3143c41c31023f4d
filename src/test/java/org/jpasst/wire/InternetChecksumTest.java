package org.jpasst.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InternetChecksumTest {
  private static final int SPACE = 1 << 16;

  private final Random random = new Random(1071);
  private final MemorySegment memory = filled();

  private MemorySegment filled() {
    byte[] bytes = new byte[SPACE];
    random.nextBytes(bytes);
    MemorySegment s = Arena.ofAuto().allocate(SPACE);
    MemorySegment.copy(bytes, 0, s, ValueLayout.JAVA_BYTE, 0, SPACE);
    return s;
  }

  /** RFC 1071 section 4.1, word by word in network order. */
  private static int naive(MemorySegment s, long at, int length) {
    int sum = 0;
    for (int i = 0; i < length; i++) {
      sum += (s.get(ValueLayout.JAVA_BYTE, at + i) & 0xff) << ((i & 1) == 0 ? 8 : 0);
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum;
  }

  @Test
  void sumEqualsThatOfTheWordLoopAtEveryAlignmentAndLength() {
    for (int at = 0; at < 33; at++) {
      for (int length = 0; length < 200; length++) {
        assertThat(InternetChecksum.fold(InternetChecksum.sum(memory, at, length)))
            .as("at %d, length %d", at, length)
            .isEqualTo(naive(memory, at, length));
      }
    }
    for (int i = 0; i < 500; i++) {
      int at = random.nextInt(64);
      int length = random.nextInt(SPACE - at);
      assertThat(InternetChecksum.fold(InternetChecksum.sum(memory, at, length)))
          .as("at %d, length %d", at, length)
          .isEqualTo(naive(memory, at, length));
    }
  }

  @Test
  void sumOfAllOnesDoesNotOverflow() {
    MemorySegment s = Arena.ofAuto().allocate(SPACE).fill((byte) 0xff);
    assertThat(InternetChecksum.sum(s, 1, SPACE - 1)).isEqualTo(naive(s, 1, SPACE - 1));
  }

  @Test
  void exampleOfRfc1071() {
    byte[] data = {
      0x00, 0x01, (byte) 0xf2, 0x03, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6, (byte) 0xf7
    };
    assertThat(InternetChecksum.sum(MemorySegment.ofArray(data), 0, data.length)).isEqualTo(0xddf2);
  }

  @Test
  void partsAppendedAddUpToTheWhole() {
    for (int i = 0; i < 2000; i++) {
      int at = random.nextInt(8);
      int first = random.nextInt(3000);
      int second = random.nextInt(3000);
      int third = random.nextInt(3000);
      long sum = InternetChecksum.sum(memory, at, first);
      sum = InternetChecksum.append(sum, first, InternetChecksum.sum(memory, at + first, second));
      sum =
          InternetChecksum.append(
              sum, first + second, InternetChecksum.sum(memory, at + first + second, third));
      assertThat(InternetChecksum.fold(sum)).isEqualTo(naive(memory, at, first + second + third));
    }
  }

  @Test
  void pseudoHeadersSumLikeTheirBytes() {
    MemorySegment s = Arena.ofAuto().allocate(40);
    for (int i = 0; i < 1000; i++) {
      long a = random.nextLong();
      long b = random.nextLong();
      long c = random.nextLong();
      long d = random.nextLong();
      int length = random.nextInt(65536);
      NetworkOrder.put64(s, 0, a);
      NetworkOrder.put64(s, 8, b);
      NetworkOrder.put64(s, 16, c);
      NetworkOrder.put64(s, 24, d);
      NetworkOrder.put32(s, 32, length);
      NetworkOrder.put32(s, 36, IpProtocol.TCP);
      assertThat(
              InternetChecksum.fold(
                  InternetChecksum.pseudoHeader6(a, b, c, d, IpProtocol.TCP, length)))
          .isEqualTo(naive(s, 0, 40));
      NetworkOrder.put32(s, 8, IpProtocol.UDP << 16 | length);
      assertThat(
              InternetChecksum.fold(
                  InternetChecksum.pseudoHeader4(
                      (int) (a >>> 32), (int) a, IpProtocol.UDP, length)))
          .isEqualTo(naive(s, 0, 12));
    }
  }

  @Test
  void whatIsFilledInVerifies() {
    for (int i = 0; i < 1000; i++) {
      int at = random.nextInt(64);
      int length = 8 + random.nextInt(2000);
      long pseudo = InternetChecksum.pseudoHeader4(random.nextInt(), random.nextInt(), 6, length);
      UdpHeader.write(memory, at, 1, 2, length);
      UdpHeader.fillChecksum(memory, at, pseudo);
      assertThat(
              InternetChecksum.verifies(
                  pseudo + InternetChecksum.sum(memory, at, UdpHeader.length(memory, at))))
          .isTrue();
      assertThat(UdpHeader.checksum(memory, at)).isNotZero();
      Icmpv6Header.fillChecksum(memory, at, length, pseudo);
      assertThat(Icmpv6Header.checksumVerifies(memory, at, length, pseudo)).isTrue();
      IcmpHeader.fillChecksum(memory, at, length);
      assertThat(IcmpHeader.checksumVerifies(memory, at, length)).isTrue();
      long damaged = at + random.nextInt(length);
      NetworkOrder.put8(memory, damaged, NetworkOrder.get8(memory, damaged) ^ 0x10);
      assertThat(IcmpHeader.checksumVerifies(memory, at, length)).isFalse();
    }
  }

  @Test
  void udpChecksumThatComesOutAsZeroIsSentAsAllOnes() {
    MemorySegment s = Arena.ofAuto().allocate(8);
    UdpHeader.write(s, 0, 0, 0xffff - 8, 8);
    UdpHeader.fillChecksum(s, 0, 0xffff - 8 + 8 - 0xffff + 0L);
    assertThat(UdpHeader.checksum(s, 0)).isEqualTo(0xffff);
  }
}
