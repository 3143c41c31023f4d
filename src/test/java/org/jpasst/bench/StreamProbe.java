package org.jpasst.bench;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jpasst.lab.Answer;
import org.jpasst.lab.Await;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TcpPair;

/** Bytes of a TCP connection, whose arrival a program in the guest tells (arrivals.c). */
final class StreamProbe implements Probe {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final SocketChannel channel;
  private final int chunk;
  private final long every;
  private final Thread sending = Thread.ofPlatform().daemon().unstarted(this::send);
  private final Thread receiving = Thread.ofPlatform().daemon().unstarted(this::receive);
  private final List<Answer> answers = new ArrayList<>();
  private volatile boolean stopped;
  private volatile long sent;
  private volatile long arrived;

  private StreamProbe(SocketChannel channel, int chunk, Duration every) {
    this.channel = channel;
    this.chunk = chunk;
    this.every = every.toNanos();
  }

  /**
   * Starts.
   *
   * @param chunk how many bytes are sent at once
   * @param every how long after the last; zero: as fast as the connection takes them
   */
  static StreamProbe start(NetworkNamespace from, String to, int port, int chunk, Duration every) {
    try {
      SocketChannel channel = TcpPair.connect(from, to, port);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      StreamProbe probe = new StreamProbe(channel, chunk, every);
      probe.receiving.start();
      probe.sending.start();
      return probe;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void send() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(chunk);
    long all = 0;
    try {
      while (!stopped) {
        all += channel.write(bytes.clear());
        sent = all;
        if (every > 0) {
          LockSupport.parkNanos(every);
        }
      }
    } catch (ClosedChannelException e) {
      // Closed from here.
    } catch (IOException e) {
      System.out.println("the connection has ended: " + e.getMessage());
    }
  }

  private void receive() {
    try (var input = new DataInputStream(Channels.newInputStream(channel))) {
      while (true) {
        long bytes = input.readLong();
        synchronized (answers) {
          answers.add(new Answer(System.nanoTime(), bytes, bytes, 0, 0, 0));
        }
        arrived = bytes;
      }
    } catch (EOFException | ClosedChannelException e) {
      // Closed, from here or there.
    } catch (IOException e) {
      System.out.println("the connection has ended: " + e.getMessage());
    }
  }

  @Override
  public long sent() {
    return sent;
  }

  @Override
  public void awaitArrival() {
    long now = sent;
    Await.until("bytes that arrive", LIMIT, () -> arrived > now);
  }

  @Override
  public List<Answer> stop() {
    stopped = true;
    synchronized (answers) {
      return List.copyOf(answers);
    }
  }

  @Override
  public void close() {
    stopped = true;
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
