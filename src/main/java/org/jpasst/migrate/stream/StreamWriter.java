package org.jpasst.migrate.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Writes a state stream to a blocking channel, part by part in the stream's order. What is written
 * is gathered; the channel has all of it after {@link #flush}. Errors are the channel's.
 */
public final class StreamWriter {
  /** As much as a pipe takes at once (pipe(7)). */
  private static final int CAPACITY = 1 << 16;

  private final WritableByteChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY);
  private long drained;

  /**
   * A writer at the stream's beginning.
   *
   * @param channel stays the caller's
   */
  public StreamWriter(WritableByteChannel channel) {
    this.channel = channel;
  }

  /** Bytes written so far. */
  public long position() {
    return drained + buffer.position();
  }

  /** Writes the header. */
  public void header(StreamHeader header) throws IOException {
    header.write(room(StreamHeader.SIZE));
  }

  /** Writes the observed addresses. */
  public void addresses(ObservedAddresses addresses) throws IOException {
    addresses.write(room(ObservedAddresses.SIZE));
  }

  /**
   * Writes how many flows follow.
   *
   * @throws IllegalArgumentException if no reader would take so many: a bug of the caller
   */
  public void flowCount(int count) throws IOException {
    if (count < 0 || count > StreamReader.MAX_FLOWS) {
      throw new IllegalArgumentException(count + " flows");
    }
    room(Integer.BYTES).putInt(count);
  }

  /**
   * Writes one flow's record.
   *
   * @throws IllegalArgumentException if no reader would take it: a bug of the caller
   */
  public void flow(FlowRecord flow) throws IOException {
    String problem = flow.problem();
    if (!problem.isEmpty()) {
      throw new IllegalArgumentException("a flow record with " + problem);
    }
    flow.write(room(FlowRecord.SIZE));
  }

  /** Writes one socket's record with its queues. */
  public void socket(SocketRecord socket) throws IOException {
    socket.fields().write(room(SocketFields.SIZE));
    if (socket instanceof SocketRecord.Dumped dumped) {
      bytes(dumped.sendQueue());
      bytes(dumped.receiveQueue());
    }
  }

  /**
   * Writes a section.
   *
   * @throws IllegalArgumentException if no reader would take it: a bug of the caller
   */
  public void section(Section section) throws IOException {
    if (section.size() > StreamReader.MAX_SECTION) {
      throw new IllegalArgumentException("a section of " + section.size() + " bytes");
    }
    room(2 * Integer.BYTES).putInt(section.tag().code()).putInt((int) section.size());
    section.write(this);
  }

  /** The nearest number that 32 bits hold. */
  static int saturated(long number) {
    return (int) Math.clamp(number, 0, 0xffff_ffffL);
  }

  void bytes(MemorySegment bytes) throws IOException {
    if (bytes.byteSize() > CAPACITY) {
      flush();
      drain(bytes.asByteBuffer());
    } else if (bytes.byteSize() > 0) {
      room((int) bytes.byteSize()).put(bytes.asByteBuffer());
    }
  }

  /** Hands the channel all that was written up to now. */
  public void flush() throws IOException {
    drain(buffer.flip());
    buffer.clear();
  }

  /** The buffer with room for so many bytes more. */
  ByteBuffer room(int length) throws IOException {
    if (buffer.remaining() < length) {
      flush();
    }
    return buffer;
  }

  private void drain(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      drained += channel.write(from);
    }
  }
}
