package org.jpasst.qmp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;

/**
 * A guest's state in memory: written to its end, then read once. It takes memory as it grows, and
 * not the JVM's heap, which is small.
 */
final class HeldState implements ByteChannel {
  /** Bytes of a state, far more than the queues of all the connections of a busy guest. */
  static final long MAX_SIZE = 1L << 30;

  private static final int BLOCK = 1 << 20;

  private final Arena arena = Arena.ofConfined();
  private final List<MemorySegment> blocks = new ArrayList<>();
  private long size;
  private long read;
  private final long most;
  private boolean open = true;

  /** An empty one. */
  HeldState() {
    this(MAX_SIZE);
  }

  /** One of at most so many bytes. */
  HeldState(long most) {
    this.most = most;
  }

  /** How many bytes were written. */
  long size() {
    return size;
  }

  /** How many bytes are left to be read. */
  long left() {
    return size - read;
  }

  /**
   * Takes all bytes.
   *
   * @throws ErrnoException EFBIG if they are too many
   */
  @Override
  public int write(ByteBuffer from) throws ErrnoException {
    int length = from.remaining();
    if (size + length > most) {
      throw new ErrnoException(Errno.EFBIG, "a state of more than " + most + " bytes");
    }
    while (from.hasRemaining()) {
      int at = (int) (size % BLOCK);
      if (at == 0) {
        blocks.add(arena.allocate(BLOCK));
      }
      int part = Math.min(from.remaining(), BLOCK - at);
      blocks.getLast().asByteBuffer().put(at, from, from.position(), part);
      from.position(from.position() + part);
      size += part;
    }
    return length;
  }

  /** Reads at least one byte; -1 at the end. */
  @Override
  public int read(ByteBuffer to) {
    if (left() == 0) {
      return -1;
    }
    int at = (int) (read % BLOCK);
    int part = (int) Math.min(Math.min(to.remaining(), BLOCK - at), left());
    to.put(blocks.get((int) (read / BLOCK)).asSlice(at, part).asByteBuffer());
    read += part;
    return part;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  /** Gives its memory back. */
  @Override
  public void close() {
    if (open) {
      open = false;
      arena.close();
    }
  }
}
