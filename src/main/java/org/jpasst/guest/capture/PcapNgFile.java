package org.jpasst.guest.capture;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.LentFrame;
import org.jpasst.log.Log;
import org.jpasst.stats.Counter;

/**
 * A capture in the format pcapng (draft-ietf-opsawg-pcapng), in one file or in several in turn:
 * each frame with its direction, and with a comment where it was dropped. What becomes of a frame
 * is known later than the frame: so they are collected, and written at the turn's end or when there
 * is no more room.
 */
public final class PcapNgFile implements CaptureFile {
  /** Frames that are collected: what a batch has, and the answers to it. */
  private static final int MAX_FRAMES = 1 << 14;

  private static final int CAPACITY = 1 << 22;

  private final FileRing files;
  private final CaptureProgress progress;
  private final WallClock clock;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory = arena.allocate(CAPACITY, 8);
  private final Counter[] reasons = new Counter[MAX_FRAMES]; // null for what wasn't dropped
  private int filled;
  private int collected;

  private PcapNgFile(
      List<? extends WritableByteChannel> files, long limit, LongSupplier nanos, Log log) {
    this.files = new FileRing(files, limit);
    progress = new CaptureProgress(this::write, log);
    clock = new WallClock(nanos);
  }

  /**
   * A capture in files at paths, which are made readable for their owner only if they aren't there.
   * What they have stays until {@link #begin}; frames are kept until then, as far as there is room
   * for them.
   *
   * @param paths one, or several that are written in turn
   * @param limit of each of several, in bytes
   * @param nanos the loop's time, which the frames' times are taken from
   * @throws IOException if one can't be opened
   */
  public static PcapNgFile at(List<Path> paths, long limit, LongSupplier nanos, Log log)
      throws IOException {
    List<FileChannel> channels = new ArrayList<>();
    try {
      for (Path each : paths) {
        channels.add(CapturePath.open(each));
      }
      return new PcapNgFile(channels, limit, nanos, log);
    } catch (IOException e) {
      for (FileChannel each : channels) {
        each.close();
      }
      throw e;
    }
  }

  /**
   * Begins a capture in files that are open.
   *
   * @param files one, or several that are written in turn; become this object's, also where this
   *     fails. What they wait for, the loop waits for
   * @param limit of each of several, in bytes
   * @param nanos the loop's time, which the frames' times are taken from
   * @throws IOException if one can't be written
   */
  public static PcapNgFile in(
      List<? extends WritableByteChannel> files, long limit, LongSupplier nanos, Log log)
      throws IOException {
    return CaptureFile.begun(new PcapNgFile(files, limit, nanos, log));
  }

  @Override
  public void begin() throws IOException {
    files.begin();
    progress.begin();
  }

  @Override
  public void fromGuest(Frame frame) {
    record(
        frame.memory(),
        frame.at(),
        frame.headLength(),
        frame.pieces(),
        frame.firstPiece(),
        frame.length(),
        PcapNgBlock.INBOUND);
  }

  @Override
  public void toGuest(LentFrame frame, int length) {
    int head = Math.min(length, frame.headRoom());
    record(
        frame.memory(),
        frame.at(),
        head,
        frame.pieces(),
        frame.firstPiece(),
        length,
        PcapNgBlock.OUTBOUND);
  }

  /** Records a frame; what is longer than any packet is cut off. */
  private void record(
      MemorySegment frame,
      long at,
      int headLength,
      FramePieces pieces,
      int first,
      int frameLength,
      int direction) {
    int length = Math.min(PcapNgBlock.SNAPLEN, frameLength);
    int block = PcapNgBlock.packetLength(length);
    if (!hasRoom(block)) {
      flush();
    }
    if (!hasRoom(block)) {
      progress.leaveOut();
      return;
    }
    PcapNgBlock.packet(memory, filled, clock.nanos(), length, frameLength, direction);
    int head = Math.min(length, headLength);
    int frameAt = filled + PcapNgBlock.FRAME;
    MemorySegment.copy(frame, JAVA_BYTE, at, memory, JAVA_BYTE, frameAt, head);
    pieces.copy(first, memory, frameAt + head, length - head);
    reasons[collected++] = null;
    filled += block;
    progress.recorded();
  }

  private boolean hasRoom(int block) {
    return collected < MAX_FRAMES && CAPACITY - filled >= block;
  }

  /**
   * Whether so much is collected that a batch should end: its frames and their answers are to be
   * written together.
   */
  boolean isHalfFull() {
    return collected >= MAX_FRAMES / 2 || filled >= CAPACITY / 2;
  }

  /**
   * Why a frame was dropped. What has been written meanwhile stays without a word.
   *
   * @param number how many frames there were with it ({@link #frames})
   */
  void explain(long number, Counter reason) {
    long index = collected - 1 - (frames() - number);
    if (index >= 0) {
      reasons[(int) index] = reason;
    }
  }

  /** Writes what was collected. After a failure, which is logged, nothing more is written. */
  @Override
  public void flush() {
    if (progress.flush()) {
      filled = 0;
      collected = 0;
    }
  }

  private void write() throws IOException {
    int at = 0;
    for (int i = 0; i < collected; i++) {
      int length = PcapNgBlock.length(memory, at);
      if (reasons[i] == null) {
        int to = files.add(length);
        MemorySegment.copy(memory, at, files.memory(), to, length);
      } else {
        byte[] comment = PcapNgBlock.text(reasons[i].id() + ": " + reasons[i].label());
        int to = files.add(length + PcapNgBlock.commentLength(comment));
        PcapNgBlock.copyWithComment(memory, at, files.memory(), to, comment);
      }
      at += length;
    }
    filled = 0;
    collected = 0;
    files.write();
  }

  @Override
  public CaptureProgress progress() {
    return progress;
  }

  @Override
  public void close() throws IOException {
    flush();
    arena.close();
    files.close();
  }
}
