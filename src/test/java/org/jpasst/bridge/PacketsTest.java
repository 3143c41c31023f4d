package org.jpasst.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.Segmentation;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.NetworkOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PacketsTest {
  private final Packets packets = new Packets();
  private final MemorySegment out = Arena.global().allocate(1 << 17);

  private List<byte[]> cut() {
    var all = new ArrayList<byte[]>();
    while (packets.hasNext()) {
      int length = packets.length();
      packets.write(out, 0);
      all.add(out.asSlice(0, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
    }
    return all;
  }

  @ParameterizedTest(name = "IPv4 {0}, TCP {1}, {2} tags, {3} bytes in packets of {4}")
  @CsvSource({
    "true, true, 0, 4344, 1448",
    "true, true, 0, 65000, 1448",
    "true, true, 1, 10000, 1448",
    "true, true, 2, 1449, 1448",
    "true, true, 0, 100, 1448",
    "false, true, 0, 65001, 1428",
    "false, true, 1, 3001, 1001",
    "true, false, 0, 14201, 1420",
    "false, false, 0, 8000, 1000",
    "false, false, 2, 8001, 999",
    "true, false, 0, 3, 2",
  })
  void eachPacketIsOneThatTheSenderCouldHaveSent(
      boolean ipv4, boolean tcp, int tags, int length, int size) throws Exception {
    UncutFrame uncut = UncutFrame.of(ipv4, tcp, tags, length);
    assertThat(packets.begin(uncut.shown(size))).isTrue();

    List<byte[]> all = cut();

    assertThat(all).hasSize((length + size - 1) / size);
    var payload = new ByteArrayOutputStream();
    for (int i = 0; i < all.size(); i++) {
      byte[] packet = all.get(i);
      MemorySegment s = MemorySegment.ofArray(packet);
      checkNetwork(uncut, s, i);
      checkTransport(uncut, s, i * size, i == all.size() - 1);
      payload.write(packet, uncut.headers(), packet.length - uncut.headers());
    }
    assertThat(payload.toByteArray()).isEqualTo(uncut.payload());
  }

  private static void checkNetwork(UncutFrame uncut, MemorySegment s, int index) {
    int ip = uncut.network();
    int length = (int) s.byteSize() - ip;
    if (uncut.ipv4()) {
      assertThat(NetworkOrder.get16(s, ip + 2)).isEqualTo(length);
      assertThat(NetworkOrder.get16(s, ip + 4))
          .isEqualTo(UncutFrame.IDENTIFICATION + index & 0xffff);
      assertThat(InternetChecksum.verifies(InternetChecksum.sum(s, ip, 20))).isTrue();
    } else {
      assertThat(NetworkOrder.get16(s, ip + 4)).isEqualTo(length - 40);
    }
  }

  private static void checkTransport(UncutFrame uncut, MemorySegment s, int sent, boolean last) {
    int at = uncut.transport();
    int length = (int) s.byteSize();
    if (uncut.tcp()) {
      assertThat(NetworkOrder.get32(s, at + 4)).isEqualTo(UncutFrame.SEQUENCE + sent);
      int flags = 0x10 | (last ? 0x09 : 0) | (sent == 0 ? 0x80 : 0);
      assertThat(NetworkOrder.get8(s, at + 13)).isEqualTo(flags);
    } else {
      assertThat(NetworkOrder.get16(s, at + 4)).isEqualTo(length - at);
    }
    long sum = uncut.pseudoHeader(s, length) + InternetChecksum.sum(s, at, length - at);
    assertThat(InternetChecksum.verifies(sum)).isTrue();
  }

  @Test
  void aChecksumThatIsOnlyBegunIsMade() {
    UncutFrame begun = UncutFrame.of(true, false, 1, 501);
    Frame frame = begun.shown(0);
    frame.setOffload(true, Segmentation.NONE, 0);
    assertThat(packets.begin(frame)).isTrue();

    List<byte[]> all = cut();

    assertThat(all).hasSize(1);
    assertThat(all.getFirst()).hasSameSizeAs(begun.bytes());
    checkTransport(begun, MemorySegment.ofArray(all.getFirst()), 0, true);
  }

  @Test
  void aChecksumOfZeroIsNotTheSameAsNone() {
    byte[] bytes = new byte[64];
    bytes[63] = 1;
    MemorySegment s = Arena.ofAuto().allocate(64);
    s.copyFrom(MemorySegment.ofArray(bytes));
    NetworkOrder.put16(s, 34 + 6, 0xfffe); // with the 1 in the payload the sum is 0xffff
    var frame = new Frame(new FramePieces(0));
    frame.set(s, 0, 64);
    frame.setOffload(true, Segmentation.NONE, 0);
    frame.setChecksumPlace(34, 6);
    assertThat(packets.begin(frame)).isTrue();

    assertThat(NetworkOrder.get16(MemorySegment.ofArray(cut().getFirst()), 34 + 6))
        .isEqualTo(0xffff);
  }

  /** Else a frame could become a thousand of its length. */
  @Test
  void headersThatAreMostOfAFrameAreNotRepeatedInPackets() {
    Frame frame = UncutFrame.of(false, false, 0, 60_000).shown(10);
    frame.setChecksumPlace(50_000, UncutFrame.CHECKSUM_OF_UDP);
    assertThat(packets.begin(frame)).isFalse();
  }

  /** A guest may say anything: then there is nothing, or packets within the bounds of memory. */
  @Test
  void whatMakesNoSenseIsNoPacket() {
    var random = new Random(7);
    int sensible = 0;
    for (int i = 0; i < 200_000; i++) {
      UncutFrame uncut =
          UncutFrame.of(random.nextBoolean(), random.nextBoolean(), random.nextInt(4), 300);
      for (int j = random.nextInt(4); j > 0; j--) {
        uncut.bytes()[12 + random.nextInt(70)] = (byte) random.nextInt();
      }
      Frame frame = uncut.shown(random.nextInt(4) == 0 ? random.nextInt(1 << 16) : 100);
      if (random.nextInt(3) == 0) {
        frame.setChecksumPlace(random.nextInt(1 << 16), random.nextInt(1 << 16));
      }
      if (random.nextInt(3) == 0) {
        frame.setOffload(random.nextBoolean(), random.nextInt(7), random.nextInt(1 << 16));
      }
      if (packets.begin(frame)) {
        sensible++;
        assertThat(cut().size()).isBetween(1, 2048);
      }
    }
    assertThat(sensible).isBetween(10_000, 190_000);
  }
}
