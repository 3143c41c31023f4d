package org.jpasst.lab;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/** Datagrams with consecutive numbers that are sent at a rate, and looked at where they arrive. */
public final class NumberedDatagrams {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int LENGTH = 100;
  private static final int LAST = -1;
  private static final int LAST_TIMES = 100;
  private static final int RECEIVE_BUFFER = 8 << 20;
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(1);

  private final DatagramChannel from;
  private final DatagramChannel to;
  private final long perSecond;
  private final FutureTask<Integer> sending = new FutureTask<>(this::send);
  private final FutureTask<Arrived> receiving = new FutureTask<>(this::receive);
  private volatile boolean stopped;
  private volatile int sent;
  private volatile int received;

  /**
   * What arrived.
   *
   * @param sent how many were sent
   * @param lost how many never came
   * @param late how many came after one with a higher number
   * @param twice how many came that had come before
   */
  public record Arrived(int sent, int lost, int late, int twice) {}

  private NumberedDatagrams(DatagramChannel from, DatagramChannel to, long perSecond) {
    this.from = from;
    this.to = to;
    this.perSecond = perSecond;
  }

  /**
   * Starts.
   *
   * @param from connected
   */
  public static NumberedDatagrams start(DatagramChannel from, DatagramChannel to, long perSecond)
      throws IOException {
    to.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER);
    NumberedDatagrams datagrams = new NumberedDatagrams(from, to, perSecond);
    Thread.ofPlatform().daemon().start(datagrams.sending);
    Thread.ofPlatform().daemon().start(datagrams.receiving);
    return datagrams;
  }

  /** Waits until so many more have come. */
  public void awaitProgress(int count) {
    int goal = received + count;
    Await.until("datagrams", LIMIT, () -> received >= goal);
  }

  /** Waits until so many more were sent. */
  public void awaitSent(int count) {
    int goal = sent + count;
    Await.until("datagrams to be sent", LIMIT, () -> sent >= goal);
  }

  /** Ends it. */
  public Arrived stop() {
    stopped = true;
    int all = result(sending);
    Arrived arrived = result(receiving);
    return new Arrived(all, all - received, arrived.late, arrived.twice);
  }

  private static <T> T result(FutureTask<T> task) {
    try {
      return task.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private int send() throws IOException {
    ByteBuffer datagram = ByteBuffer.allocateDirect(LENGTH);
    long start = System.nanoTime();
    int number = 0;
    while (!stopped) {
      long due = (System.nanoTime() - start) * perSecond / TimeUnit.SECONDS.toNanos(1);
      for (; number < due; number++) {
        from.write(datagram.clear().putInt(0, number));
      }
      sent = number;
      LockSupport.parkNanos(TICK);
    }
    // Some may be lost where the receiver is behind.
    for (int i = 0; i < LAST_TIMES; i++) {
      from.write(datagram.clear().putInt(0, LAST));
      LockSupport.parkNanos(TICK);
    }
    return number;
  }

  private Arrived receive() throws IOException {
    ByteBuffer datagram = ByteBuffer.allocateDirect(LENGTH);
    BitSet seen = new BitSet();
    int highest = -1;
    int late = 0;
    int twice = 0;
    to.receive(datagram);
    for (int number = datagram.getInt(0); number != LAST; number = datagram.getInt(0)) {
      if (seen.get(number)) {
        twice++;
      } else {
        seen.set(number);
        received++;
      }
      late += number < highest ? 1 : 0;
      highest = Math.max(highest, number);
      to.receive(datagram.clear());
    }
    return new Arrived(0, 0, late, twice);
  }
}
