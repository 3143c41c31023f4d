package org.jpasst.guest.capture;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import org.jpasst.linux.DescriptorChannel;

/**
 * Files that blocks are written to, in turn: when one has no room for the next block, the one that
 * was written longest ago begins anew. Each can be read by itself. With one file only, there is no
 * end to it.
 */
final class FileRing implements AutoCloseable {
  private static final int CAPACITY = 1 << 18;

  private final List<? extends WritableByteChannel> files;
  private final long limit;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory = arena.allocate(CAPACITY, 8);
  private final ByteBuffer buffer = memory.asByteBuffer();
  private int current;
  private long size; // of the current one, with what is still in the buffer
  private int filled;

  /**
   * Files that nothing is written to yet.
   *
   * @param files become this object's
   * @param limit of each file in bytes, if there are several: more than any block's length and what
   *     a file begins with
   */
  FileRing(List<? extends WritableByteChannel> files, long limit) {
    this.files = List.copyOf(files);
    this.limit = files.size() > 1 ? limit : Long.MAX_VALUE;
  }

  /** Begins with the first one: whatever they had is gone. */
  void begin() throws IOException {
    for (WritableByteChannel each : files) {
      empty(each);
    }
    putHeader();
    write();
  }

  private void putHeader() {
    filled = PcapNgBlock.header(memory);
    size = filled;
  }

  /** Where the next blocks are put: at what {@link #add} answers. */
  MemorySegment memory() {
    return memory;
  }

  /** Makes room for a block of this length; answers where it goes. */
  int add(int length) throws IOException {
    if (limit - size < length) {
      write();
      current = (current + 1) % files.size();
      empty(files.get(current));
      putHeader();
    }
    if (CAPACITY - filled < length) {
      write();
    }
    int at = filled;
    filled += length;
    size += length;
    return at;
  }

  /** Writes what was added. */
  void write() throws IOException {
    buffer.clear().limit(filled);
    filled = 0;
    while (buffer.hasRemaining()) {
      files.get(current).write(buffer);
    }
  }

  /** What is no regular file has no end to be cut off, and a passed one may have been begun. */
  private void empty(WritableByteChannel file) throws IOException {
    if (file instanceof FileChannel channel && channel.size() > 0) {
      channel.truncate(0);
    } else if (file instanceof DescriptorChannel channel) {
      if (files.size() > 1) {
        channel.rewind();
      }
      channel.cutOff();
    }
  }

  @Override
  public void close() throws IOException {
    arena.close();
    IOException failure = null;
    for (WritableByteChannel each : files) {
      try {
        each.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
