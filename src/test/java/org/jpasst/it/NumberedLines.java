package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jpasst.lab.Await;
import org.jpasst.lab.GuestConsole;

/**
 * Lines with consecutive numbers that are sent a hundred times a second, whatever happens, and that
 * a program in the guest writes to a file.
 */
final class NumberedLines {
  private static final long PERIOD_NANOS = 10_000_000;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int SOME = 50;

  private final WritableByteChannel channel;
  private final String file;
  private final FutureTask<Integer> sending = new FutureTask<>(this::send);
  private volatile boolean stopped;
  private volatile int sent;

  private NumberedLines(WritableByteChannel channel, String file) {
    this.channel = channel;
    this.file = file;
  }

  /**
   * Begins to send, and waits until the first lines are in the guest's file.
   *
   * @param channel a connected socket's; stays the caller's
   */
  static NumberedLines start(WritableByteChannel channel, GuestConsole guest, String file) {
    var lines = new NumberedLines(channel, file);
    Thread.ofPlatform().daemon().start(lines.sending);
    lines.awaitProgress(guest);
    return lines;
  }

  private int send() throws IOException {
    while (!stopped) {
      channel.write(ByteBuffer.wrap((sent + "\n").getBytes(StandardCharsets.US_ASCII)));
      sent++;
      LockSupport.parkNanos(PERIOD_NANOS);
    }
    return sent;
  }

  /** Waits until some are there of those that are sent from now on. */
  void awaitProgress(GuestConsole guest) {
    int goal = sent + SOME;
    Await.until(
        "line " + goal + " of " + file, SOON, () -> sending.isDone() || last(guest) >= goal);
    if (sending.isDone()) {
      result();
    }
  }

  private int last(GuestConsole guest) {
    // The last line may be there in part.
    String last = guest.run("tail -n 2 " + file + " | head -n 1").strip();
    return last.isEmpty() ? -1 : Integer.parseInt(last);
  }

  /** Ends it, and returns how many were sent. */
  int stop() {
    stopped = true;
    return result();
  }

  private int result() {
    try {
      return sending.get(SOON.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError("after line " + sent + " of " + file, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** What the guest has got: once the file has the line with this number. */
  List<Integer> arrived(GuestConsole guest, int last) {
    guest.await("grep -qx %d %s".formatted(last, file));
    List<Integer> arrived = guest.run("cat " + file).lines().map(Integer::valueOf).toList();
    assertThat(arrived).isNotEmpty();
    return arrived;
  }
}
