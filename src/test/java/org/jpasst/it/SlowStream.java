package org.jpasst.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jpasst.lab.Await;
import org.jpasst.lab.MovingGuest;
import org.jpasst.lab.TcpPair;

/**
 * A peer that sends the guest a line at a time, a hundred times a second, whatever happens: unlike
 * a stream at full speed, which fills its window and then waits, it has something to say at every
 * moment of a migration.
 */
final class SlowStream implements AutoCloseable {
  private static final long PERIOD_NANOS = 10_000_000;
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int SOME = 50;

  private final MovingGuest moving;
  private final SocketChannel channel;
  private final String file;
  private final Thread thread;
  private volatile boolean stopped;
  private volatile int sent;

  private SlowStream(MovingGuest moving, SocketChannel channel, String file) {
    this.moving = moving;
    this.channel = channel;
    this.file = file;
    thread = Thread.ofPlatform().daemon().start(this::run);
  }

  /** Connects to the guest's forwarded port, at which it begins to listen, and sends. */
  static SlowStream open(MovingGuest moving, String address) throws IOException {
    String file = "/tmp/slow" + (address.contains(":") ? "6" : "4");
    String port = Integer.toHexString(MovingGuest.FORWARDED).toUpperCase();
    String family = address.contains(":") ? "-6" : "-4";
    moving.guest().run("nc %s -l %d >%s &".formatted(family, MovingGuest.FORWARDED, file));
    // The other family's listener is still there: nc keeps it for as long as its connection.
    String sockets = "/proc/net/" + (address.contains(":") ? "tcp6" : "tcp");
    String listening = "until grep -q ':%s .* 0A' %s; do usleep 10000; done";
    moving.guest().run(listening.formatted(port, sockets));
    SocketChannel channel = TcpPair.connect(moving.remote(), address, MovingGuest.FORWARDED);
    var stream = new SlowStream(moving, channel, file);
    stream.awaitProgress();
    return stream;
  }

  private void run() {
    try {
      while (!stopped) {
        channel.write(ByteBuffer.wrap((sent + "\n").getBytes()));
        sent++;
        LockSupport.parkNanos(PERIOD_NANOS);
      }
      channel.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the guest has got some more than were sent up to now. */
  void awaitProgress() {
    int goal = sent + SOME;
    Await.until(
        "line " + goal + " of a slow stream in the guest",
        SOON,
        () -> Integer.parseInt(moving.guest().run("wc -l <" + file).strip()) >= goal);
  }

  /** Ends it, and answers whether the guest got each line once, in order. */
  boolean arrivedWhole() throws InterruptedException {
    stopped = true;
    thread.join();
    String compare = "seq 0 %d | cmp - %s && echo same".formatted(sent - 1, file);
    String lines = "until [ $(wc -l <%s) -ge %d ]; do usleep 10000; done; ".formatted(file, sent);
    return moving.guest().run(lines + compare).strip().equals("same");
  }

  @Override
  public void close() throws IOException {
    stopped = true;
    channel.close();
  }
}
