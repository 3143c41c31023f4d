package org.jpasst.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Datagrams with consecutive numbers that are sent at a rate to a guest that runs the program
 * {@link CProgram#ARRIVALS}, which tells what has come.
 */
public final class AnsweredDatagrams implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final int LENGTH = 100;
  private static final int ASKED = -1;
  private static final int BUFFER = 8 << 20;
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long ASK_AGAIN = TimeUnit.MILLISECONDS.toNanos(20);

  /** One is behind all others, unless the sender's processors let it pass some. */
  private static final int QUESTIONS = 2;

  private final DatagramChannel channel;
  private final long perSecond;
  private final Thread sending = Thread.ofPlatform().daemon().unstarted(this::send);
  private final Thread receiving = Thread.ofPlatform().daemon().unstarted(this::receive);
  private final List<Answer> answers = new ArrayList<>();
  private volatile Answer latest = new Answer(0, 0, 0, 0, 0, 0);
  private final ByteBuffer datagram = ByteBuffer.allocateDirect(LENGTH);
  private volatile boolean stopped;
  private volatile int sent;
  private volatile int asked;

  private AnsweredDatagrams(DatagramChannel channel, long perSecond) {
    this.channel = channel;
    this.perSecond = perSecond;
  }

  /**
   * Starts.
   *
   * @param from where they are sent
   * @param to address of the guest
   */
  public static AnsweredDatagrams start(
      NetworkNamespace from, String to, int port, long perSecond) {
    try {
      DatagramChannel channel = from.call(DatagramChannel::open);
      channel.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER);
      channel.connect(new InetSocketAddress(to, port));
      AnsweredDatagrams datagrams = new AnsweredDatagrams(channel, perSecond);
      datagrams.receiving.start();
      datagrams.sending.start();
      return datagrams;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many were sent: all with a lower number. */
  public int sent() {
    return sent;
  }

  /** Waits until so many more were sent. */
  public void awaitSent(int count) {
    int goal = sent + count;
    Await.until("datagrams to be sent", LIMIT, () -> sent >= goal);
  }

  /** Waits until the guest has got one that was sent from now on, and says so. */
  public void awaitArrival() {
    int now = sent;
    Await.until("a datagram that arrives", LIMIT, () -> latest.known() > now);
  }

  /** What the guest has told, in order. */
  public List<Answer> answers() {
    synchronized (answers) {
      return List.copyOf(answers);
    }
  }

  /** Sends no more, and returns what the guest had got when the last one was there. */
  public Answer stop() {
    stopped = true;
    try {
      sending.join(LIMIT);
      Await.until("the last answer", LIMIT, this::ask);
      return latest;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private boolean ask() {
    write(ASKED);
    LockSupport.parkNanos(ASK_AGAIN);
    return asked >= QUESTIONS;
  }

  private void send() {
    long start = System.nanoTime();
    int number = 0;
    while (!stopped) {
      long due = (System.nanoTime() - start) * perSecond / TimeUnit.SECONDS.toNanos(1);
      while (number < due) {
        write(number++);
      }
      sent = number;
      LockSupport.parkNanos(TICK);
    }
  }

  private void write(int number) {
    try {
      channel.write(datagram.clear().putInt(0, number));
    } catch (PortUnreachableException e) {
      // Tells of an earlier one; this one wasn't sent, and counts as lost.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void receive() {
    ByteBuffer answer = ByteBuffer.allocateDirect(LENGTH);
    try {
      while (true) {
        receive(answer);
      }
    } catch (AsynchronousCloseException e) {
      // Closed from here.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void receive(ByteBuffer answer) throws IOException {
    try {
      channel.read(answer.clear());
    } catch (PortUnreachableException e) {
      return;
    }
    Answer got =
        new Answer(
            System.nanoTime(),
            Integer.toUnsignedLong(answer.getInt(0)),
            Integer.toUnsignedLong(answer.getInt(4)),
            Integer.toUnsignedLong(answer.getInt(8)),
            Integer.toUnsignedLong(answer.getInt(12)),
            Integer.toUnsignedLong(answer.getInt(20)));
    synchronized (answers) {
      answers.add(got);
    }
    latest = got;
    asked = answer.getInt(16);
  }

  @Override
  public void close() {
    stopped = true;
    try {
      sending.join(LIMIT);
      channel.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
