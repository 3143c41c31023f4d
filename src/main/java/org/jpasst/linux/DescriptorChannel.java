package org.jpasst.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;

/**
 * A descriptor of any kind (pipe, socket, file) as a blocking channel: a non-blocking one is waited
 * for. Errors are {@link ErrnoException}s. It owns the descriptor from its making on. Belongs to
 * one thread.
 */
public final class DescriptorChannel implements ByteChannel {
  private static final int CHUNK = 1 << 16;

  private final Poll poll = new Poll();
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment buffer = arena.allocate(CHUNK, 8);
  private final int timeoutMillis;
  private int fd;

  /**
   * Takes a descriptor over.
   *
   * @param timeoutMillis how long one transfer may wait for the other side, or -1 for ever. Then it
   *     fails with ETIMEDOUT. A descriptor that blocks by itself is not timed while it writes.
   */
  public DescriptorChannel(int fd, int timeoutMillis) {
    this.fd = fd;
    this.timeoutMillis = timeoutMillis;
  }

  /** Reads at least one byte; -1 at the end. */
  @Override
  public int read(ByteBuffer to) throws IOException {
    checkOpen();
    int wanted = Math.min(to.remaining(), CHUNK);
    while (wanted > 0) {
      await(Poll.IN, "read from");
      int count = FileDescriptors.read(fd, buffer, 0, wanted);
      if (count > 0) {
        to.put(buffer.asSlice(0, count).asByteBuffer());
        return count;
      }
      if (count == 0) {
        return -1;
      }
      checkRetry(count, "read from");
    }
    return 0;
  }

  /** Writes at least one byte. */
  @Override
  public int write(ByteBuffer from) throws IOException {
    checkOpen();
    int wanted = Math.min(from.remaining(), CHUNK);
    buffer.asByteBuffer().put(from.slice(from.position(), wanted));
    while (wanted > 0) {
      await(Poll.OUT, "write to");
      int count = FileDescriptors.write(fd, buffer, 0, wanted);
      if (count > 0) {
        from.position(from.position() + count);
        return count;
      }
      checkRetry(count, "write to");
    }
    return 0;
  }

  /** Goes back to a file's first byte. */
  public void rewind() throws IOException {
    checkOpen();
    ErrnoException.check(FileDescriptors.rewind(fd), "cannot rewind descriptor " + fd);
  }

  /** Has a file's content written to its device. */
  public void sync() throws IOException {
    checkOpen();
    ErrnoException.check(FileDescriptors.fsync(fd), "cannot write to descriptor " + fd);
  }

  /** Cuts off what a file has where the next byte goes; without effect on what is no file. */
  public void cutOff() throws IOException {
    checkOpen();
    ErrnoException.check(FileDescriptors.cutOff(fd), "cannot shorten descriptor " + fd);
  }

  @Override
  public boolean isOpen() {
    return fd >= 0;
  }

  /** Closes the descriptor. */
  @Override
  public void close() {
    if (isOpen()) {
      FileDescriptors.close(fd);
      fd = -1;
      arena.close();
    }
  }

  private void checkOpen() throws ClosedChannelException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
  }

  private void await(int events, String what) throws ErrnoException {
    int ready = poll.await(fd, events, timeoutMillis);
    if (ready == 0) {
      throw new ErrnoException(Errno.ETIMEDOUT, "cannot " + what + " descriptor " + fd);
    }
    if (ready < 0) {
      checkRetry(ready, what);
    }
  }

  private void checkRetry(int result, String what) throws ErrnoException {
    if (result != -Errno.EINTR && result != -Errno.EAGAIN) {
      throw new ErrnoException(result, "cannot " + what + " descriptor " + fd);
    }
  }
}
