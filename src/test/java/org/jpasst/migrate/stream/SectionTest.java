package org.jpasst.migrate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sections behind version 2: as written, so read; whatever else the bytes are, a clear error. */
final class SectionTest {
  private static final int HEADER = 8;
  private static final int MUTATIONS = 1_000_000;
  private static final int REWRITTEN = 64;

  static List<Section> sections() {
    return SectionSamples.all();
  }

  @ParameterizedTest
  @MethodSource("sections")
  void aSectionIsReadAsItWasWritten(Section section) throws Exception {
    byte[] bytes = written(section);
    assertThat(bytes).hasSize((int) (HEADER + section.size()));
    try (Arena arena = Arena.ofConfined()) {
      assertThat(written(read(bytes, arena))).isEqualTo(bytes);
    }
  }

  @Test
  void aStreamEndsWithItsSections() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      StateStream passts = Streams.read(Streams.bytes("mixed-5"), arena);
      StateStream ours =
          new StateStream(
              passts.header(),
              passts.addresses(),
              passts.flows(),
              passts.sockets(),
              SectionSamples.all());
      byte[] bytes = Streams.write(ours);
      byte[] passtsPart = Streams.bytes("mixed-5");
      assertThat(Arrays.copyOf(bytes, passtsPart.length)).isEqualTo(passtsPart);
      StateStream again = Streams.read(bytes, arena);
      assertThat(Streams.write(again)).isEqualTo(bytes);
      assertThat(StreamReport.lines(again))
          .contains(
              "TCP options: 2",
              "   guest 192.0.2.1:40000, peer 192.0.2.3:80: SACK on, timestamps on",
              "TCP keep-alives: 2",
              "   guest 192.0.2.1:40000, peer 192.0.2.3:80: each 75 s",
              "stations besides the guest: 2",
              "   192.0.2.3 at 02:42:ac:11:00:02",
              "UDP flows: 3",
              "inbound, guest 192.0.2.1:53 <- 192.0.2.3:5000,"
                  + " host 192.0.2.1:5353 <- 192.0.2.3:5000",
              "   one peer; idle for 1234 ms; 7 datagrams from the guest, 8 to it; 2 wait for it",
              "echo flows: 2",
              "   idle for 15 ms; last sequence number 65535; 1 replies wait for the guest",
              "addresses of a bridged guest: 3",
              "   52:54:00:12:34:56",
              "   192.0.2.1 at 52:54:00:12:34:56",
              "   2001:db8::1 at fe:ff:ff:ff:ff:ff, a router",
              "packet cache: 2 frames, 94 bytes");
    }
  }

  @Test
  void anUnknownSectionIsPassedOver() throws Exception {
    var bytes = new ByteArrayOutputStream();
    bytes.write(ByteBuffer.allocate(HEADER).putInt(0x41414141).putInt(200_000).array());
    bytes.write(new byte[200_000]);
    bytes.write(written(SectionSamples.echo()));
    StreamReader reader = new StreamReader(Streams.channel(bytes.toByteArray()));
    var unknown = reader.sectionHeader().orElseThrow();
    assertThat(SectionTag.of(unknown.tag())).isEmpty();
    reader.skip(unknown);
    assertThat(reader.sectionHeader().orElseThrow().tag()).isEqualTo(SectionTag.ECHO_FLOWS.code());
  }

  @Test
  void aSectionThatIsTooLongIsRefusedBeforeAnythingIsAllocated() {
    byte[] bytes =
        ByteBuffer.allocate(HEADER).putInt(SectionTag.UDP_FLOWS.code()).putInt(-1).array();
    try (Arena arena = Arena.ofConfined()) {
      ErrnoException error = catchThrowableOfType(ErrnoException.class, () -> read(bytes, arena));
      assertThat(error.errno()).isEqualTo(Errno.EINVAL);
      assertThat(error).hasMessageContaining("4294967295 bytes long");
    }
  }

  @Test
  void manyEmptyDatagramsAreRefused() {
    int count = 600_000;
    ByteBuffer body = ByteBuffer.allocateDirect(UdpFlowRecord.FIXED + 4 + count * 20);
    byte[] flow = written(SectionSamples.udp());
    body.putInt(1).put(flow, HEADER + 4, UdpFlowRecord.FIXED - 4).putInt(count);
    MemorySegment segment = MemorySegment.ofBuffer(body.rewind());
    assertThatThrownBy(() -> Section.read(SectionTag.UDP_FLOWS, segment))
        .isInstanceOf(MalformedSectionException.class)
        .hasMessageContaining("too many");
  }

  @ParameterizedTest
  @MethodSource("sections")
  void everyTruncationIsRefused(Section section) {
    byte[] bytes = written(section);
    for (int length = 1; length < bytes.length; length++) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThat(takeOrRefuse(part, true)).isFalse();
      if (length >= HEADER) {
        ByteBuffer.wrap(part).putInt(4, length - HEADER);
        assertThat(takeOrRefuse(part, true)).isFalse();
      }
    }
  }

  @Tag("fuzz")
  @ParameterizedTest
  @MethodSource("sections")
  void everyFlippedByteIsTakenOrRefused(Section section) {
    byte[] bytes = written(section);
    int taken = 0;
    for (int at = 0; at < bytes.length; at++) {
      for (int value = 0; value < 256; value++) {
        byte[] forged = bytes.clone();
        forged[at] = (byte) value;
        taken += takeOrRefuse(forged, value < 4) ? 1 : 0;
      }
    }
    assertThat(taken).isPositive();
  }

  @Tag("fuzz")
  @Test
  void randomMutationsAreTakenOrRefused() {
    var random = new SplittableRandom(6);
    List<byte[]> originals = sections().stream().map(SectionTest::written).toList();
    int taken = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] forged = originals.get(random.nextInt(originals.size())).clone();
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        int at = HEADER + random.nextInt(forged.length - HEADER);
        forged[at] = (byte) (random.nextBoolean() ? random.nextInt() : forged[at] + 1);
      }
      taken += takeOrRefuse(forged, i % REWRITTEN == 0) ? 1 : 0;
    }
    assertThat(taken).isBetween(MUTATIONS / 100, MUTATIONS * 99 / 100);
  }

  /** What is taken is written again as it came. */
  private static boolean takeOrRefuse(byte[] bytes, boolean rewrite) {
    try (Arena arena = Arena.ofConfined()) {
      Section section = read(bytes, arena);
      if (rewrite) {
        assertThat(written(section)).isEqualTo(Arrays.copyOf(bytes, (int) section.size() + HEADER));
      }
      return true;
    } catch (IOException e) {
      assertThat(e.getMessage()).isNotEmpty().doesNotContain("\n");
      return false;
    }
  }

  private static Section read(byte[] bytes, Arena arena) throws IOException {
    StreamReader reader = new StreamReader(Streams.channel(bytes));
    var header = reader.sectionHeader().orElseThrow();
    SectionTag tag =
        SectionTag.of(header.tag())
            .orElseThrow(() -> new MalformedSectionException("no tag that is known"));
    return Section.read(tag, reader.body(header, arena));
  }

  private static byte[] written(Section section) {
    var bytes = new ByteArrayOutputStream();
    try {
      StreamWriter writer = new StreamWriter(Channels.newChannel(bytes));
      writer.section(section);
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
