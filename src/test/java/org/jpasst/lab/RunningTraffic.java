package org.jpasst.lab;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A stream that is sent, or received and compared, as fast as the connection goes, until it is
 * stopped. Notes the longest time in which nothing moved.
 */
public final class RunningTraffic {
  private static final int CHUNK = 1 << 18;
  private static final Duration END = Duration.ofSeconds(60);

  private final FutureTask<Long> task;
  private volatile boolean stopped;
  private volatile long moved;
  private volatile long longestPause;

  private RunningTraffic(Transfer transfer) {
    task = new FutureTask<>(() -> run(transfer));
    Thread.ofPlatform().daemon().start(task);
  }

  /** Moves some bytes of the stream, from a position on; returns how many. */
  private interface Transfer {
    int some(long position) throws IOException;
  }

  /** Sends a stream without end. */
  public static RunningTraffic sending(TrafficStream stream, SocketChannel channel) {
    return new RunningTraffic(at -> stream.sendSome(channel, at));
  }

  /** Receives a stream without end and compares it. */
  public static RunningTraffic receiving(TrafficStream stream, SocketChannel channel) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK);
    return new RunningTraffic(at -> stream.expectSome(channel, buffer, at));
  }

  /** Waits until so many bytes more than now have moved. */
  public RunningTraffic awaitProgress(long bytes) {
    long goal = moved + bytes;
    Await.until("progress of a stream", END, () -> moved >= goal || task.isDone());
    if (task.isDone()) {
      result();
    }
    return this;
  }

  /** Ends it and returns how many bytes were moved; throws what went wrong meanwhile. */
  public long stop() {
    stopped = true;
    return result();
  }

  /** Bytes that have moved up to now. */
  public long moved() {
    return moved;
  }

  /** The longest time in which nothing moved. */
  public Duration longestPause() {
    return Duration.ofNanos(longestPause);
  }

  private long result() {
    try {
      return task.get(END.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("after " + moved + " bytes: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("a stream stands still after " + moved + " bytes", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private long run(Transfer transfer) throws IOException {
    long last = System.nanoTime();
    while (!stopped) {
      moved += transfer.some(moved);
      long now = System.nanoTime();
      longestPause = Math.max(longestPause, now - last);
      last = now;
    }
    return moved;
  }
}
