package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.MovingGuest;
import org.jpasst.lab.MovingGuest.Trait;
import org.jpasst.lab.QemuGuest;
import org.junit.jupiter.api.Test;

/** A bridged QEMU guest moves, and its network learns of it late. */
@LabTest
final class LateFramesIT {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String FILE = "/tmp/late";
  private static final long PAUSE = Duration.ofMillis(5).toNanos();
  private static final int MOVES = 2;

  /**
   * QEMU aims at 0.3 s (downtime-limit). On a busy machine it may take more, but not as much as a
   * program in a sandbox that looks for random numbers where there are none.
   */
  private static final Duration LONG_PAUSE = Duration.ofSeconds(5);

  /** The route to the guest changes when it runs there already: what came before that was late. */
  @Test
  void whatReachesTheSourceAfterTheStateWasSavedIsGivenToTheGuestOnceOnTheTarget()
      throws Exception {
    try (MovingGuest moving =
            MovingGuest.bootWith(Set.of(Trait.BRIDGED, Trait.LATE_FRAMES, Trait.LASTING));
        Datagrams datagrams = new Datagrams(moving)) {
      for (int i = 0; i < MOVES; i++) {
        moving.move(BackEndProgram.underTest());
        assertThat(moving.downtime()).isLessThan(LONG_PAUSE);
        datagrams.awaitAll(moving.guest());
        Await.until(
            "the end of late frames",
            SOON,
            () -> moving.messages().contains("received from the source"));
        assertThat(moving.messages()).containsPattern("late frames: [1-9]\\d* received");
      }
      datagrams.end();
      datagrams.awaitAll(moving.guest());
      assertThat(moving.guest().run("sort -n " + FILE + " | uniq -d")).isEmpty();
      assertThat(moving.guest().run("wc -l <" + FILE).strip())
          .isEqualTo(Integer.toString(datagrams.sent()));
    }
  }

  /** One every few milliseconds, a line with its number. */
  private static final class Datagrams implements AutoCloseable {
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final DatagramChannel channel;
    private final CompletableFuture<Void> sending;
    private volatile boolean ending;
    private final AtomicInteger sent = new AtomicInteger();

    Datagrams(MovingGuest moving) throws IOException {
      QemuGuest guest = moving.guest();
      guest.run("echo 8000000 >/proc/sys/net/core/rmem_default"); // for all of a pause at once
      guest.run("(sleep 1000 | nc -u -l " + MovingGuest.FORWARDED + " >" + FILE + " &)");
      guest.run("until grep -q ':1389 ' /proc/net/udp; do sleep 1; done");
      channel = moving.remote().call(DatagramChannel::open);
      channel.connect(new InetSocketAddress(Lab.HOST4, MovingGuest.FORWARDED));
      sending = CompletableFuture.runAsync(this::send, thread);
    }

    private void send() {
      try {
        while (!ending) {
          String line = (sent.get() + 1) + "\n";
          channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII)));
          sent.incrementAndGet();
          LockSupport.parkNanos(PAUSE);
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    /** Sends no more. */
    void end() {
      ending = true;
      sending.join();
    }

    int sent() {
      return sent.get();
    }

    /** Waits until the guest has all that were sent up to now. */
    void awaitAll(QemuGuest guest) {
      int now = sent.get();
      guest.run("until [ $(wc -l <" + FILE + ") -ge " + now + " ]; do usleep 10000; done");
    }

    @Override
    public void close() throws IOException {
      end();
      thread.close();
      channel.close();
    }
  }
}
