package org.jpasst.guest.capture;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.LentFrame;
import org.jpasst.guest.LentFrames;
import org.jpasst.guest.LinkCapabilities;
import org.jpasst.guest.Offload;
import org.jpasst.log.Log;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CaptureTest {
  @TempDir Path directory;

  private final List<byte[]> passed = new ArrayList<>();
  private long nanos;

  @Test
  void framesOfBothDirectionsAreRecordedInOrderAndPassOn() throws IOException {
    Path path = directory.resolve("c.pcap");
    long before = System.currentTimeMillis() / 1000;
    try (var file = begun(path)) {
      var receiver = new CaptureReceiver(new Receiver(), file);
      var sink = new CaptureSink(new Sink());
      sink.showTo(file);
      var frame = new Frame(new FramePieces(0));
      frame.set(MemorySegment.ofArray(new byte[] {0, 1, 2, 3}), 1, 3);
      receiver.onFrame(frame, nanos);
      nanos += 1_500_000_000;
      List<LentFrame> lent = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        lent.add(sink.lend(20));
        mark(lent.getLast(), i);
      }
      for (int i = 0; i < 50; i++) {
        sink.publish(lent.get(i), 20);
      }
      sink.giveBack();
      LentFrame reply = sink.lendReply(20);
      mark(reply, 99);
      sink.publish(reply, 15);
      file.flush();

      ByteBuffer read = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.nativeOrder());
      assertThat(read.getInt()).isEqualTo(0xa1b2c3d4);
      assertThat(read.getShort()).isEqualTo((short) 2);
      assertThat(read.getShort()).isEqualTo((short) 4);
      read.position(16);
      assertThat(read.getInt()).isEqualTo(65_535);
      assertThat(read.getInt()).isEqualTo(1);
      int second = read.getInt();
      assertThat((long) second).isBetween(before, before + 100);
      int micros = read.getInt();
      assertThat(next(read)).containsExactly(1, 2, 3);
      for (int i = 0; i < 50; i++) {
        long passed = (read.getInt() - second) * 1_000_000L + read.getInt() - micros;
        assertThat(passed).isEqualTo(1_500_000);
        assertThat(next(read)).hasSize(20).startsWith(i);
      }
      read.getLong();
      assertThat(next(read)).hasSize(15).startsWith(99);
      assertThat(read.hasRemaining()).isFalse();
    }
    assertThat(passed).hasSize(52);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
  }

  /** A link gives back itself what somebody lent and, failing, never published. */
  @Test
  void whatWasLentAndNeverPublishedIsNotTakenForWhatIsPublished() throws IOException {
    Path path = directory.resolve("c.pcap");
    try (var file = begun(path)) {
      var link = new Sink();
      var sink = new CaptureSink(link);
      sink.showTo(file);
      mark(sink.lend(30), 1);
      link.giveBack();
      LentFrame frame = sink.lend(20);
      mark(frame, 2);
      sink.publish(frame, 20);
    }
    ByteBuffer read = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.nativeOrder());
    read.position(24 + 8);
    assertThat(next(read)).hasSize(20).startsWith(2);
    assertThat(read.hasRemaining()).isFalse();
  }

  @Test
  void moreThanTheBufferHoldsIsWrittenInBetween() throws IOException {
    Path path = directory.resolve("c.pcap");
    try (var file = begun(path)) {
      var receiver = new CaptureReceiver(new Receiver(), file);
      var frame = new Frame(new FramePieces(0));
      frame.set(MemorySegment.ofArray(new byte[65_535]), 0, 65_535);
      for (int i = 0; i < 20; i++) {
        receiver.onFrame(frame, nanos);
      }
    }
    assertThat(path).hasSize(24 + 20 * (16 + 65_535));
  }

  @Test
  void aFileKeepsWhatItHasUntilTheCaptureBeginsWithAllFrames() throws IOException {
    Path path = Files.writeString(directory.resolve("c.pcap"), "of yesterday".repeat(1000));
    var frame = new Frame(new FramePieces(0));
    frame.set(MemorySegment.ofArray(new byte[100]), 0, 100);
    try (var file = PcapFile.at(path, () -> nanos, Log.none())) {
      new CaptureReceiver(new Receiver(), file).onFrame(frame, nanos);
      file.flush();
      assertThat(path).hasContent("of yesterday".repeat(1000));
    }
    assertThat(path).as("after one that never began").hasContent("of yesterday".repeat(1000));
    try (var file = PcapFile.at(path, () -> nanos, Log.none())) {
      var receiver = new CaptureReceiver(new Receiver(), file);
      receiver.onFrame(frame, nanos);
      file.begin();
      receiver.onFrame(frame, nanos);
      assertThat(file.isComplete()).isTrue();
    }
    assertThat(path).hasSize(24 + 2 * (16 + 100));
  }

  @Test
  void whatThereIsNoRoomForBeforeTheCaptureBeginsIsMissingAndToldSo() throws IOException {
    Path path = directory.resolve("c.pcap");
    try (var file = PcapFile.at(path, () -> nanos, Log.none())) {
      var receiver = new CaptureReceiver(new Receiver(), file);
      var frame = new Frame(new FramePieces(0));
      frame.set(MemorySegment.ofArray(new byte[65_535]), 0, 65_535);
      for (int i = 0; i < 10; i++) {
        receiver.onFrame(frame, nanos);
      }
      file.begin();
      receiver.onFrame(frame, nanos);
      assertThat(file.isComplete()).isFalse();
      assertThat(file.frames()).isEqualTo(4);
    }
    assertThat(path).hasSize(24 + 4 * (16 + 65_535));
  }

  private PcapFile begun(Path path) throws IOException {
    PcapFile file = PcapFile.at(path, () -> nanos, Log.none());
    file.begin();
    return file;
  }

  private static byte[] next(ByteBuffer read) {
    int length = read.getInt();
    assertThat(read.getInt()).isEqualTo(length);
    byte[] frame = new byte[length];
    read.get(frame);
    return frame;
  }

  private final class Receiver implements FrameReceiver {
    @Override
    public void onConnected(long now) {}

    @Override
    public void onDisconnected() {}

    @Override
    public void onFrame(Frame frame, long now) {
      passed.add(frame.memory().asSlice(frame.at(), frame.length()).toArray(JAVA_BYTE));
    }

    @Override
    public void onBatchEnd(long now) {}
  }

  private static void mark(LentFrame frame, int number) {
    frame.memory().set(JAVA_BYTE, frame.at(), (byte) number);
  }

  /** Lends slots of twenty bytes, one behind the other. */
  private final class Sink implements FrameSink {
    private final MemorySegment memory = Arena.global().allocate(10_000);
    private final LentFrames lent = new LentFrames(100, 100);
    private long tail;

    @Override
    public boolean hasRoom() {
      return true;
    }

    @Override
    public LinkCapabilities capabilities() {
      return LinkCapabilities.NONE;
    }

    @Override
    public LentFrame lend(int headers, int capacity) {
      tail += 20;
      return lent.lend(memory, tail - 20, headers, capacity);
    }

    @Override
    public LentFrame lendReply(int capacity) {
      return lend(capacity, 0);
    }

    @Override
    public void publish(LentFrame frame, int length, Offload offload) {
      lent.publish(frame, length);
      passed.add(Arrays.copyOf(new byte[0], length));
    }

    @Override
    public void giveBack() {
      lent.clear();
    }

    @Override
    public void flush() {}
  }
}
