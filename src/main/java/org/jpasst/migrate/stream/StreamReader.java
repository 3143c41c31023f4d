package org.jpasst.migrate.stream;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;

/**
 * Reads a state stream from a blocking channel, part by part in the stream's order. Never reads
 * beyond the part asked for, so what follows the stream can be read by somebody else. Every length
 * and number is checked before it is acted upon, and memory grows with what has arrived, not with
 * what is announced.
 *
 * <p>All methods throw an {@link ErrnoException} with the number that passt would answer: ENODATA
 * where the stream ends too early, EINVAL for what can't be, ENOTSUP for another version.
 */
public final class StreamReader {
  /** Most flows that a stream may have: passt's table has no more. */
  public static final int MAX_FLOWS = 131_071;

  private static final int CHUNK = 1 << 20;

  private final ReadableByteChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(FlowRecord.SIZE);
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
      throw invalid("flow record", "interfaces " + record.get(0) + " and " + record.get(1));
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
   * @param arena the queues are allocated from it
   */
  public SocketRecord socket(Arena arena) throws IOException {
    SocketFields fields = SocketFields.read(part(SocketFields.SIZE, "a socket record"));
    if (fields.state() == 0) {
      return new SocketRecord.Skipped(fields);
    }
    String problem = fields.problem();
    if (!problem.isEmpty()) {
      throw invalid("socket record", problem);
    }
    MemorySegment send = queue(fields.sndq(), arena, "a send queue");
    MemorySegment receive = queue(fields.rcvq(), arena, "a receive queue");
    return new SocketRecord.Dumped(fields, send, receive);
  }

  private MemorySegment queue(int length, Arena arena, String what) throws IOException {
    if (length == 0) {
      return MemorySegment.NULL.asReadOnly();
    }
    if (length <= CHUNK) {
      MemorySegment whole = arena.allocate(length);
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
      MemorySegment whole = arena.allocate(length);
      long at = 0;
      for (MemorySegment piece : pieces) {
        MemorySegment.copy(piece, 0, whole, at, piece.byteSize());
        at += piece.byteSize();
      }
      return whole.asReadOnly();
    }
  }

  private ByteBuffer part(int length, String what) throws IOException {
    fill(buffer.clear().limit(length), what);
    return buffer.flip();
  }

  private void fill(ByteBuffer to, String what) throws IOException {
    while (to.hasRemaining()) {
      int count = channel.read(to);
      if (count < 0) {
        throw new ErrnoException(
            Errno.ENODATA, "state stream ends after " + position + " bytes, within " + what);
      }
      position += count;
    }
  }

  private ErrnoException invalid(String part, String problem) {
    return new ErrnoException(
        Errno.EINVAL, "state stream, " + part + " before byte " + position + ": " + problem);
  }
}
