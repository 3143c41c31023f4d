package org.jpasst.demo;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The guest's end of the stream socket: frames, each behind its length as a 32-bit big-endian
 * number.
 */
final class GuestPort implements AutoCloseable {
  private static final int LONGEST = 65_535;

  private final SocketChannel channel;
  private final Selector selector;
  private final ByteBuffer received = ByteBuffer.allocate(4 * LONGEST).flip();

  private GuestPort(SocketChannel channel, Selector selector) {
    this.channel = channel;
    this.selector = selector;
  }

  /** Connects to a back-end's socket. */
  static GuestPort connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.configureBlocking(false);
      Selector selector = Selector.open();
      channel.register(selector, SelectionKey.OP_READ);
      return new GuestPort(channel, selector);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Sends a frame; waits while the back-end does not read. */
  void send(byte[] frame) throws IOException {
    ByteBuffer framed = ByteBuffer.allocate(4 + frame.length);
    framed.putInt(frame.length).put(frame).flip();
    while (framed.hasRemaining()) {
      if (channel.write(framed) == 0) {
        Thread.onSpinWait();
      }
    }
  }

  /**
   * The next frame, or nothing if none comes in time.
   *
   * @throws EOFException if the back-end has closed the connection
   */
  Optional<MemorySegment> receive(Duration limit) throws IOException {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!holdsFrame()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return Optional.empty();
      }
      selector.select(Math.max(1, left / 1_000_000));
      selector.selectedKeys().clear();
      received.compact();
      int count = channel.read(received);
      received.flip();
      if (count < 0) {
        throw new EOFException("the back-end closed the connection");
      }
    }
    byte[] frame = new byte[received.getInt()];
    received.get(frame);
    return Optional.of(MemorySegment.ofArray(frame));
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }

  private boolean holdsFrame() throws IOException {
    if (received.remaining() < 4) {
      return false;
    }
    int length = received.getInt(received.position());
    if (length < 0 || length > LONGEST) {
      throw new IOException("the back-end sent a frame of " + length + " bytes");
    }
    return received.remaining() >= 4 + length;
  }
}
