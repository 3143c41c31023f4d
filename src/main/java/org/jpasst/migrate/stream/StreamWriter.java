package org.jpasst.migrate.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/**
 * Writes a state stream to a blocking channel, part by part in the stream's order. Each call has
 * written all of its part when it returns; errors are the channel's.
 */
public final class StreamWriter {
  private final WritableByteChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(FlowRecord.SIZE);
  private long position;

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
    return position;
  }

  /** Writes the header. */
  public void header(StreamHeader header) throws IOException {
    header.write(buffer.clear());
    drain(buffer.flip());
  }

  /** Writes the observed addresses. */
  public void addresses(ObservedAddresses addresses) throws IOException {
    addresses.write(buffer.clear());
    drain(buffer.flip());
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
    drain(buffer.clear().putInt(count).flip());
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
    flow.write(buffer.clear());
    drain(buffer.flip());
  }

  /** Writes one socket's record with its queues. */
  public void socket(SocketRecord socket) throws IOException {
    socket.fields().write(buffer.clear());
    drain(buffer.flip());
    if (socket instanceof SocketRecord.Dumped dumped) {
      queue(dumped.sendQueue());
      queue(dumped.receiveQueue());
    }
  }

  private void queue(MemorySegment bytes) throws IOException {
    if (bytes.byteSize() > 0) {
      drain(bytes.asByteBuffer());
    }
  }

  private void drain(ByteBuffer from) throws IOException {
    while (from.hasRemaining()) {
      position += channel.write(from);
    }
  }
}
