package org.jpasst.migrate.stream;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;

/**
 * Reads a state stream from a blocking channel, part by part in the stream's order. May have taken
 * more from the channel than was asked for, so whatever follows the stream is read by the same
 * reader. Every length and number is checked before it is acted upon, and memory grows with what
 * has arrived, not with what is announced.
 *
 * <p>All methods throw an {@link ErrnoException} with the number that passt would answer: ENODATA
 * where the stream ends too early, EINVAL for what can't be, ENOTSUP for another version.
 */
public final class StreamReader {
  /** Most flows that a stream may have: passt's table has no more. */
  public static final int MAX_FLOWS = 131_071;

  /**
   * Most bytes that a section may have: a full packet cache of the largest size, or all datagrams
   * that are kept, with what is told of them.
   */
  public static final int MAX_SECTION = 1 << 28;

  private static final int CHUNK = 1 << 20;

  /** As much as a pipe holds (pipe(7)). */
  private static final int AHEAD = 1 << 16;

  private final ReadableByteChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(AHEAD).limit(0);
  private long position;

  /**
   * A reader at the stream's beginning.
   *
   * @param channel stays the caller's
   */
  public StreamReader(ReadableByteChannel channel) {
    this.channel = channel;
  }

  /** Bytes read so far. */
  public long position() {
    return position;
  }

  /** Reads the header and checks that the rest can be understood. */
  public StreamHeader header() throws IOException {
    return StreamHeader.read(part(StreamHeader.SIZE, "the header"));
  }

  /** Reads the observed addresses. */
  public ObservedAddresses addresses() throws IOException {
    return ObservedAddresses.read(part(ObservedAddresses.SIZE, "the observed addresses"));
  }

  /** Reads how many flows follow, 0 to {@link #MAX_FLOWS}. */
  public int flowCount() throws IOException {
    int count = part(Integer.BYTES, "the flow count").getInt();
    if (count < 0 || count > MAX_FLOWS) {
      throw new ErrnoException(
          Errno.EINVAL, "state stream announces " + Integer.toUnsignedString(count) + " flows");
    }
    return count;
  }

  /** Reads one flow's record. */
  public FlowRecord flow() throws IOException {
    ByteBuffer record = part(FlowRecord.SIZE, "a flow record");
    if (!FlowRecord.hasInterfaces(record)) {
      int at = record.position();
      throw invalid("flow record", "interfaces " + record.get(at) + " and " + record.get(at + 1));
    }
    FlowRecord flow = FlowRecord.read(record);
    String problem = flow.problem();
    if (!problem.isEmpty()) {
      throw invalid("flow record", problem);
    }
    return flow;
  }

  /**
   * Reads one socket's record with its queues.
   *
   * @param allocator the queues are allocated from it
   */
  public SocketRecord socket(SegmentAllocator allocator) throws IOException {
    SocketFields fields = SocketFields.read(part(SocketFields.SIZE, "a socket record"));
    if (fields.state() == 0) {
      return new SocketRecord.Skipped(fields);
    }
    String problem = fields.problem();
    if (!problem.isEmpty()) {
      throw invalid("socket record", problem);
    }
    MemorySegment send = queue(fields.sndq(), allocator, "a send queue");
    MemorySegment receive = queue(fields.rcvq(), allocator, "a receive queue");
    return new SocketRecord.Dumped(fields, send, receive);
  }

  /**
   * What is known of a section before it is read.
   *
   * @param tag as it came
   * @param length in bytes, unsigned
   */
  public record SectionHeader(int tag, int length) {}

  /**
   * Reads the beginning of the next section; nothing if the stream is at its end.
   *
   * @throws IOException ENODATA if it ends within
   */
  public Optional<SectionHeader> sectionHeader() throws IOException {
    if (isAtEnd()) {
      return Optional.empty();
    }
    ByteBuffer header = part(2 * Integer.BYTES, "the header of a section");
    return Optional.of(new SectionHeader(header.getInt(), header.getInt()));
  }

  /**
   * Reads a section that isn't known, and forgets it.
   *
   * @throws IOException ENODATA if the stream ends within
   */
  public void skip(SectionHeader header) throws IOException {
    long left = Integer.toUnsignedLong(header.length());
    while (left > 0) {
      int step = (int) Math.min(left, AHEAD);
      part(step, "a section");
      buffer.position(buffer.position() + step);
      left -= step;
    }
  }

  /**
   * Reads a section's bytes.
   *
   * @param arena they are allocated from it
   * @return they make sense to {@link Section} or not
   * @throws IOException EINVAL if it is longer than {@link #MAX_SECTION}, ENODATA if the stream
   *     ends within; then nothing that follows can be read
   */
  public MemorySegment body(SectionHeader header, Arena arena) throws IOException {
    if (Integer.compareUnsigned(header.length(), MAX_SECTION) > 0) {
      throw invalid("section", Integer.toUnsignedString(header.length()) + " bytes long");
    }
    return queue(header.length(), arena, "a section");
  }

  private boolean isAtEnd() throws IOException {
    if (buffer.hasRemaining()) {
      return false;
    }
    buffer.clear();
    int count = 0;
    while (count == 0) {
      count = channel.read(buffer);
    }
    buffer.flip();
    return count < 0;
  }

  private MemorySegment queue(int length, SegmentAllocator allocator, String what)
      throws IOException {
    if (length == 0) {
      return MemorySegment.NULL.asReadOnly();
    }
    if (length <= CHUNK) {
      MemorySegment whole = allocator.allocate(length);
      fill(whole.asByteBuffer(), what);
      return whole.asReadOnly();
    }
    try (Arena scratch = Arena.ofConfined()) {
      List<MemorySegment> pieces = new ArrayList<>();
      for (int left = length; left > 0; left -= CHUNK) {
        MemorySegment piece = scratch.allocate(Math.min(left, CHUNK));
        fill(piece.asByteBuffer(), what);
        pieces.add(piece);
      }
      MemorySegment whole = allocator.allocate(length);
      long at = 0;
      for (MemorySegment piece : pieces) {
        MemorySegment.copy(piece, 0, whole, at, piece.byteSize());
        at += piece.byteSize();
      }
      return whole.asReadOnly();
    }
  }

  /** The buffer, with a part of the stream at its position. */
  private ByteBuffer part(int length, String what) throws IOException {
    if (buffer.remaining() < length) {
      buffer.compact();
      while (buffer.position() < length) {
        take(buffer, what);
      }
      buffer.flip();
    }
    position += length;
    return buffer;
  }

  private void fill(ByteBuffer to, String what) throws IOException {
    int buffered = Math.min(buffer.remaining(), to.remaining());
    to.put(buffer.slice(buffer.position(), buffered));
    buffer.position(buffer.position() + buffered);
    position += buffered;
    while (to.hasRemaining()) {
      position += take(to, what);
    }
  }

  private int take(ByteBuffer to, String what) throws IOException {
    int before = to.position();
    if (channel.read(to) < 0) {
      long end = to == buffer ? position + before : position;
      throw new ErrnoException(
          Errno.ENODATA, "state stream ends after " + end + " bytes, within " + what);
    }
    return to.position() - before;
  }

  private ErrnoException invalid(String part, String problem) {
    return new ErrnoException(
        Errno.EINVAL, "state stream, " + part + " before byte " + position + ": " + problem);
  }
}
