package org.jpasst.guest.capture;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.LentFrame;
import org.jpasst.log.Log;

/**
 * A capture file in the classic pcap format, in the machine's byte order (pcap-savefile(5)): a
 * header of 24 bytes, then for each frame seconds, microseconds, captured and original length, and
 * the frame. Frames are collected and written when the buffer is full or {@link #flush} is called.
 */
public final class PcapFile implements CaptureFile {
  private static final int MAGIC = 0xa1b2c3d4; // microseconds
  private static final short MAJOR = 2;
  private static final short MINOR = 4;
  private static final int SNAPLEN = 65_535;
  private static final int LINKTYPE_ETHERNET = 1;
  private static final int FILE_HEADER = 24;
  private static final int RECORD_HEADER = 16;
  private static final int CAPACITY = 1 << 18;

  private final WritableByteChannel file;
  private final CaptureProgress progress;
  private final WallClock clock;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory = arena.allocate(CAPACITY, 8);
  private final ByteBuffer buffer = memory.asByteBuffer();
  private int filled;

  private PcapFile(WritableByteChannel file, LongSupplier nanos, Log log) {
    this.file = file;
    progress = new CaptureProgress(this::write, log);
    clock = new WallClock(nanos);
    prepareHeader();
  }

  /**
   * A capture in a file at a path, made readable for its owner only if it isn't there. What it has
   * stays until {@link #begin}; frames are kept until then, as far as there is room for them.
   *
   * @param nanos the loop's time, which the frames' times are taken from
   * @throws IOException if it can't be opened
   */
  public static PcapFile at(Path path, LongSupplier nanos, Log log) throws IOException {
    return new PcapFile(CapturePath.open(path), nanos, log);
  }

  /**
   * Begins a capture in a file that is open.
   *
   * @param file empty; becomes this object's, also where this fails. What it waits for, the loop
   *     waits for
   * @param nanos the loop's time, which the frames' times are taken from
   * @throws IOException if it can't be written
   */
  public static PcapFile in(WritableByteChannel file, LongSupplier nanos, Log log)
      throws IOException {
    return CaptureFile.begun(new PcapFile(file, nanos, log));
  }

  @Override
  public void begin() throws IOException {
    if (file instanceof FileChannel channel && channel.size() > 0) {
      channel.truncate(0);
    }
    progress.begin();
  }

  private void prepareHeader() {
    memory.set(JAVA_INT_UNALIGNED, 0, MAGIC);
    memory.set(JAVA_SHORT_UNALIGNED, 4, MAJOR);
    memory.set(JAVA_SHORT_UNALIGNED, 6, MINOR);
    memory.set(JAVA_INT_UNALIGNED, 16, SNAPLEN);
    memory.set(JAVA_INT_UNALIGNED, 20, LINKTYPE_ETHERNET);
    filled = FILE_HEADER;
  }

  @Override
  public void fromGuest(Frame frame) {
    int rest = frame.firstPiece();
    record(frame.memory(), frame.at(), frame.headLength(), frame.pieces(), rest, frame.length());
  }

  @Override
  public void toGuest(LentFrame frame, int length) {
    int head = Math.min(length, frame.headRoom());
    record(frame.memory(), frame.at(), head, frame.pieces(), frame.firstPiece(), length);
  }

  /** Records a frame; what is longer than any packet is cut off. */
  private void record(
      MemorySegment frame,
      long at,
      int headLength,
      FramePieces pieces,
      int first,
      int frameLength) {
    int length = Math.min(SNAPLEN, frameLength);
    long wallMicros = clock.micros();
    if (CAPACITY - filled < RECORD_HEADER + length) {
      flush();
    }
    if (CAPACITY - filled < RECORD_HEADER + length) {
      progress.leaveOut();
      return;
    }
    long second = TimeUnit.SECONDS.toMicros(1);
    memory.set(JAVA_INT_UNALIGNED, filled, (int) (wallMicros / second));
    memory.set(JAVA_INT_UNALIGNED, filled + 4, (int) (wallMicros % second));
    memory.set(JAVA_INT_UNALIGNED, filled + 8, length);
    memory.set(JAVA_INT_UNALIGNED, filled + 12, frameLength);
    int head = Math.min(length, headLength);
    filled += RECORD_HEADER;
    MemorySegment.copy(frame, JAVA_BYTE, at, memory, JAVA_BYTE, filled, head);
    pieces.copy(first, memory, filled + head, length - head);
    filled += length;
    progress.recorded();
  }

  /** Writes what was collected. After a failure, which is logged, nothing more is written. */
  @Override
  public void flush() {
    if (progress.flush()) {
      filled = 0;
    }
  }

  @Override
  public CaptureProgress progress() {
    return progress;
  }

  @Override
  public void close() throws IOException {
    flush();
    arena.close();
    file.close();
  }

  private void write() throws IOException {
    buffer.clear().limit(filled);
    while (buffer.hasRemaining()) {
      file.write(buffer);
    }
    filled = 0;
  }
}
