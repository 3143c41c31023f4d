package org.jpasst.vectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.Queue;

/**
 * The guest's end of the back-end's UNIX stream socket: frames, each behind its length as a 32-bit
 * big-endian number. Not safe for use by several threads.
 */
public final class GuestSocket implements AutoCloseable {
  /** The longest frame that a back-end may send: 65,535 bytes (spec of the stream). */
  private static final int LONGEST = 65_535;

  private static final int BUFFER = 1 << 20;
  private static final Duration WRITING = Duration.ofSeconds(5);

  private final SocketChannel channel;
  private final Selector selector;
  private final ByteBuffer received = ByteBuffer.allocate(BUFFER);
  private final Queue<Frame> arrived = new ArrayDeque<>();
  private boolean ended;

  private GuestSocket(SocketChannel channel, Selector selector) {
    this.channel = channel;
    this.selector = selector;
  }

  /** Connects to a back-end that listens. */
  public static GuestSocket connect(Path path) {
    try {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      channel.connect(UnixDomainSocketAddress.of(path));
      channel.configureBlocking(false);
      Selector selector = Selector.open();
      channel.register(selector, SelectionKey.OP_READ);
      return new GuestSocket(channel, selector);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot connect to " + path, e);
    }
  }

  /** Sends frames, in as few writes as may be. */
  public void send(Frame... frames) {
    int total = Arrays.stream(frames).mapToInt(each -> 4 + each.length()).sum();
    ByteBuffer framed = ByteBuffer.allocate(total);
    for (Frame each : frames) {
      framed.putInt(each.length()).put(each.bytes());
    }
    write(framed.array());
  }

  /**
   * Writes bytes as they are; that the back-end closes the connection meanwhile is no error here.
   *
   * @throws AssertionError when it reads nothing for a while
   */
  public void write(byte... bytes) {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    long deadline = System.nanoTime() + WRITING.toNanos();
    while (left.hasRemaining() && !ended) {
      try {
        if (channel.write(left) == 0) {
          // It may be waiting for us to read.
          fill(Duration.ofMillis(1));
        }
      } catch (IOException e) {
        ended = true;
      }
      if (System.nanoTime() > deadline) {
        throw new AssertionError("the back-end does not read what the guest sends");
      }
    }
  }

  /** The next frame, or nothing when none comes in time or the back-end has closed. */
  public Optional<Frame> receive(Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (arrived.isEmpty() && !ended) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        break;
      }
      fill(Duration.ofNanos(left));
    }
    return Optional.ofNullable(arrived.poll());
  }

  /** Whether the back-end has closed the connection and all that came before has been taken. */
  public boolean ended() {
    return ended && arrived.isEmpty();
  }

  @Override
  public void close() {
    try {
      selector.close();
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void fill(Duration limit) {
    try {
      selector.select(Math.max(1, limit.toMillis()));
      selector.selectedKeys().clear();
      if (channel.read(received) < 0) {
        ended = true;
      }
    } catch (IOException e) {
      ended = true;
    }
    received.flip();
    while (takeFrame()) {}
    received.compact();
  }

  private boolean takeFrame() {
    if (received.remaining() < 4) {
      return false;
    }
    int length = received.getInt(received.position());
    if (length < 14 || length > LONGEST) {
      throw new AssertionError("the back-end sent a frame of " + length + " bytes");
    }
    if (received.remaining() < 4 + length) {
      return false;
    }
    byte[] frame = new byte[length];
    received.position(received.position() + 4).get(frame);
    arrived.add(Frame.of(frame));
    return true;
  }
}
