package org.jpasst.guest.capture;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.CaptureRing;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.LentFrames;
import org.jpasst.log.Log;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PcapNgFileTest {
  private static final int IN = 1;
  private static final int OUT = 2;
  private static final int SNAPLEN = 65_535;

  @TempDir Path directory;

  private final Random random = new Random(1);
  private long nanos = 1000;

  @Test
  void aFrameHasItsTimeItsDirectionAndItsBytes() throws IOException {
    Path path = directory.resolve("c.pcapng");
    long before = System.currentTimeMillis();
    try (PcapNgFile file = begun(path)) {
      fromGuest(file, bytes(61));
      nanos += 1_500_000_001;
      toGuest(file, bytes(62));
      file.flush();

      List<PcapNg.Packet> packets = PcapNg.read(path);
      assertThat(packets).extracting(PcapNg.Packet::direction).containsExactly(IN, OUT);
      assertThat(packets).extracting(each -> each.frame().length).containsExactly(61, 62);
      long first = packets.getFirst().nanos();
      assertThat(TimeUnit.NANOSECONDS.toMillis(first)).isBetween(before, before + 100_000);
      assertThat(packets.getLast().nanos() - first).isEqualTo(1_500_000_001);
      assertThat(packets).allMatch(each -> each.comment().isEmpty());
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
  }

  /** Whatever is recorded is read again, by a reader that shares no line with the writer. */
  @Test
  void whateverIsRecordedCanBeRead() throws IOException {
    for (int run = 0; run < 20; run++) {
      Path path = directory.resolve("c.pcapng");
      List<PcapNg.Packet> expected = new ArrayList<>();
      try (PcapNgFile file = begun(path)) {
        for (int i = 0; i < 200; i++) {
          expected.add(recordAnything(file));
        }
        assertThat(file.frames()).isEqualTo(200);
        assertThat(file.isComplete()).isTrue();
      }
      assertSame(PcapNg.read(path), expected);
    }
  }

  private PcapNg.Packet recordAnything(PcapNgFile file) {
    byte[] bytes = bytes(random.nextInt(10) == 0 ? random.nextInt(70_000) : random.nextInt(200));
    boolean in = random.nextBoolean();
    if (in) {
      fromGuest(file, bytes);
    } else {
      toGuest(file, bytes);
    }
    Optional<String> comment = Optional.empty();
    if (in && random.nextInt(3) == 0) {
      Counter reason = Counter.values()[random.nextInt(Counter.values().length)];
      file.explain(file.frames(), reason);
      comment = Optional.of(reason.id() + ": " + reason.label());
    }
    if (random.nextInt(20) == 0) {
      file.flush();
    }
    byte[] kept = Arrays.copyOf(bytes, Math.min(SNAPLEN, bytes.length));
    return new PcapNg.Packet(kept, bytes.length, 0, in ? IN : OUT, comment);
  }

  private static void assertSame(List<PcapNg.Packet> packets, List<PcapNg.Packet> expected) {
    assertThat(packets).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertThat(packets.get(i).frame()).isEqualTo(expected.get(i).frame());
      assertThat(packets.get(i))
          .usingRecursiveComparison()
          .ignoringFields("nanos", "frame")
          .isEqualTo(expected.get(i));
    }
  }

  @Test
  void whatLiesInPiecesIsRecordedAsOne() throws IOException {
    Path path = directory.resolve("c.pcapng");
    byte[] whole = bytes(1000);
    try (PcapNgFile file = begun(path)) {
      MemorySegment memory = MemorySegment.ofArray(whole);
      var pieces = new FramePieces(3);
      pieces.add(memory, 0, 10); // somebody else's
      pieces.add(memory, 256, 500);
      pieces.add(memory, 756, 244);
      var frame = new Frame(pieces);
      frame.set(memory, 0, 256, 1, 2);
      file.fromGuest(frame);
    }
    assertThat(PcapNg.read(path)).singleElement().matches(each -> each.original() == 1000);
    assertThat(PcapNg.read(path).getFirst().frame()).isEqualTo(whole);
  }

  @Test
  void aFileKeepsWhatItHasUntilTheCaptureBeginsWithAllFrames() throws IOException {
    String former = "of yesterday".repeat(1000);
    Path path = Files.writeString(directory.resolve("c.pcapng"), former);
    try (PcapNgFile file = open(path)) {
      fromGuest(file, bytes(100));
      file.flush();
    }
    assertThat(path).as("after one that never began").hasContent(former);
    try (PcapNgFile file = open(path)) {
      fromGuest(file, bytes(100));
      file.flush();
      file.begin();
      fromGuest(file, bytes(101));
      assertThat(file.isComplete()).isTrue();
    }
    assertThat(PcapNg.read(path)).extracting(each -> each.frame().length).containsExactly(100, 101);
  }

  @Test
  void whatThereIsNoRoomForBeforeTheCaptureBeginsIsMissingAndToldSo() throws IOException {
    Path path = directory.resolve("c.pcapng");
    try (PcapNgFile file = open(path)) {
      for (int i = 0; i < 100; i++) {
        fromGuest(file, bytes(SNAPLEN));
        file.explain(file.frames() + 1, Counter.DROP_MARTIAN); // of none that is recorded
      }
      file.begin();
      assertThat(file.isComplete()).isFalse();
      assertThat(file.frames()).isBetween(50L, 99L);
      assertThat(PcapNg.read(path)).hasSize((int) file.frames());
    }
    assertThat(PcapNg.read(path)).allMatch(each -> each.comment().isEmpty());
  }

  @Test
  void aRingKeepsTheLastFramesInBoundedFilesThatCanBeReadEachByItself() throws IOException {
    var ring = new CaptureRing(1, 4);
    List<Path> paths = ring.paths(directory.resolve("c.pcapng"));
    for (Path each : paths) {
      Files.writeString(each, "of yesterday");
    }
    int most = 5000;
    for (int frames : List.of(1, 200, 1000, most)) {
      int bytes = 0;
      try (PcapNgFile file = PcapNgFile.at(paths, ring.bytesPerFile(), () -> nanos, Log.none())) {
        file.begin();
        for (int i = 0; i < frames; i++) {
          nanos++;
          byte[] frame = bytes(random.nextInt(14, 3000));
          fromGuest(file, frame);
          bytes += frame.length;
          if (i % 7 == 0) {
            file.explain(file.frames(), Counter.DROP_ETHERTYPE);
          }
          if (i % 50 == 0) {
            file.flush();
          }
        }
      }
      assertLast(paths, frames, bytes, ring);
    }
  }

  /** Times are a nanosecond apart, so they number the frames. */
  private static void assertLast(List<Path> paths, int frames, int bytes, CaptureRing ring)
      throws IOException {
    List<Long> times = new ArrayList<>();
    for (Path each : paths) {
      assertThat(Files.size(each)).isLessThanOrEqualTo(ring.bytesPerFile());
      if (Files.size(each) > 0) {
        PcapNg.read(each).forEach(packet -> times.add(packet.nanos()));
      }
    }
    times.sort(null);
    for (int i = 1; i < times.size(); i++) {
      assertThat(times.get(i) - times.get(i - 1)).as("none is missing").isOne();
    }
    if (bytes < ring.bytesPerFile()) {
      assertThat(times).hasSize(frames);
    }
    long written = paths.stream().mapToLong(each -> each.toFile().length()).sum();
    assertThat(written).isGreaterThan(Math.min(bytes, ring.bytesPerFile() * 27 / 10));
  }

  @Test
  void aRingsFilesAreNumberedInFrontOfTheEnding() {
    assertThat(new CaptureRing(4, 2).paths(Path.of("/d/g.pcapng")))
        .containsExactly(Path.of("/d/g.0.pcapng"), Path.of("/d/g.1.pcapng"));
    assertThat(new CaptureRing(4, 12).paths(Path.of("g.pcapng")))
        .hasSize(12)
        .startsWith(Path.of("g.00.pcapng"))
        .endsWith(Path.of("g.11.pcapng"));
  }

  private PcapNgFile begun(Path path) throws IOException {
    PcapNgFile file = open(path);
    file.begin();
    return file;
  }

  private PcapNgFile open(Path path) throws IOException {
    return PcapNgFile.at(List.of(path), Long.MAX_VALUE, () -> nanos, Log.none());
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static void fromGuest(PcapNgFile file, byte[] bytes) {
    var frame = new Frame(new FramePieces(0));
    frame.set(MemorySegment.ofArray(bytes), 0, bytes.length);
    file.fromGuest(frame);
  }

  private static void toGuest(PcapNgFile file, byte[] bytes) {
    try (Arena arena = Arena.ofConfined()) {
      LentFrame frame =
          new LentFrames(1, 1).lend(arena.allocate(bytes.length + 8), 3, bytes.length, 0);
      MemorySegment.copy(bytes, 0, frame.memory(), JAVA_BYTE, frame.at(), bytes.length);
      file.toGuest(frame, bytes.length);
    }
  }
}
