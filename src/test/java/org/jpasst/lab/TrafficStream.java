package org.jpasst.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A stream of bytes of a given length that both ends know, so that the receiver can name the first
 * byte that is wrong, missing or too much. It repeats a random block whose size is prime, so that
 * no shift by whole segments, pages or buffers goes unnoticed.
 */
public final class TrafficStream {
  /** Size of the block that a stream repeats: the largest prime below 2^20. */
  public static final int BLOCK = 1_048_573;

  private static final int CHUNK = 1 << 18;

  private final long length;
  private final byte[] block = new byte[BLOCK];

  /**
   * Describes a stream.
   *
   * @param seed streams of different seeds differ
   * @param length in bytes
   */
  public TrafficStream(long seed, long length) {
    this.length = length;
    new SplittableRandom(seed).nextBytes(block);
  }

  /** The block that the stream repeats. */
  byte[] block() {
    return block.clone();
  }

  /** SHA-256 of the whole stream, in hexadecimal. */
  public String sha256() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (long at = 0; at < length; at += BLOCK) {
        digest.update(block, 0, (int) Math.min(BLOCK, length - at));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Sends the stream and then the end of it (FIN). */
  public void sendTo(SocketChannel channel) throws IOException {
    sendTo(channel, 0, length);
    channel.shutdownOutput();
  }

  /** Sends the bytes of the stream from one position up to another. */
  public void sendTo(SocketChannel channel, long from, long to) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK).put(block);
    for (long at = from; at < to; ) {
      int position = (int) (at % BLOCK);
      buffer.limit((int) Math.min(BLOCK, position + to - at)).position(position);
      at += channel.write(buffer);
    }
  }

  /**
   * Receives until the end of the stream and compares.
   *
   * @throws AssertionError at the first byte that differs, or when the length is not the expected
   */
  public void expectFrom(SocketChannel channel) throws IOException {
    ByteBuffer expected = ByteBuffer.wrap(block);
    ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
    long at = 0;
    while (channel.read(buffer.clear()) >= 0) {
      buffer.flip();
      while (buffer.hasRemaining()) {
        at += compare(buffer, expected, at);
      }
    }
    if (at != length) {
      throw new AssertionError("stream of " + length + " bytes ended after " + at);
    }
  }

  /** Sends bytes from a position on, up to the end of the block; returns how many. */
  int sendSome(SocketChannel channel, long at) throws IOException {
    int position = (int) (at % BLOCK);
    return channel.write(ByteBuffer.wrap(block, position, BLOCK - position));
  }

  /** Receives some bytes and compares them with those at a position; returns how many. */
  int expectSome(SocketChannel channel, ByteBuffer buffer, long at) throws IOException {
    int count = channel.read(buffer.clear());
    if (count < 0) {
      throw new AssertionError("the stream ended after " + at + " bytes");
    }
    buffer.flip();
    for (long position = at; buffer.hasRemaining(); ) {
      position += compare(buffer, ByteBuffer.wrap(block), position);
    }
    return count;
  }

  /** Compares up to the end of either the buffer or the block; returns how many bytes. */
  private static int compare(ByteBuffer buffer, ByteBuffer expected, long at) {
    int from = (int) (at % BLOCK);
    int count = Math.min(buffer.remaining(), BLOCK - from);
    int mismatch = buffer.slice(buffer.position(), count).mismatch(expected.slice(from, count));
    if (mismatch >= 0) {
      throw new AssertionError("byte " + (at + mismatch) + " of the stream is wrong");
    }
    buffer.position(buffer.position() + count);
    return count;
  }

  /** Carries the stream from one end of a connection to the other. */
  public void carry(SocketChannel from, SocketChannel to, Duration limit) {
    together(limit, List.of(task(() -> sendTo(from)), task(() -> expectFrom(to))));
  }

  /** Something to be done by {@link #together}. */
  @FunctionalInterface
  public interface Task {
    /** Does it. */
    void run() throws IOException;
  }

  /** Makes a task of a piece of code without result. */
  public static Callable<Void> task(Task task) {
    return () -> {
      task.run();
      return null;
    };
  }

  /**
   * Runs tasks at the same time, each on a thread of its own, until all are done.
   *
   * @throws AssertionError when one fails, or not all are done in time
   */
  public static void together(Duration limit, List<Callable<Void>> tasks) {
    long deadline = System.nanoTime() + limit.toNanos();
    ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory());
    var running = new ExecutorCompletionService<Void>(threads);
    try {
      tasks.forEach(running::submit);
      for (int left = tasks.size(); left > 0; left--) {
        Future<Void> done = running.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (done == null) {
          throw new AssertionError(left + " tasks not done within " + limit.toSeconds() + " s");
        }
        done.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } finally {
      threads.shutdownNow();
    }
  }
}
