package org.jpasst.it;

import static org.jpasst.lab.TrafficStream.task;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.jpasst.lab.Alone;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.RunningTraffic;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A guest with large segments sends where the sockets' send buffers are smaller than a few of them:
 * it must never be left with a window that its own rule against silly windows waits on (RFC 9293
 * section 3.8.6.2.1), until its persist timer runs out, five times a second.
 */
@LabTest
@Alone
final class UploadSpeedIT {
  private static final int MTU = 65520;
  private static final int OUTBOUND = 7001;
  private static final int FORWARDED = 5001;
  private static final int CONNECTIONS = 16;
  private static final int MOVES = 7;
  private static final long SOME = 8 << 20;
  private static final TrafficStream STREAM = new TrafficStream(7, 0);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final int INTERVALS = 10;
  private static final int TENTH = 10;

  /** By the persist timer, a buffer's content in 200 ms, it would take minutes. */
  private static final long UPLOADED = 64L << 20;

  /** With a buffer of 8 KiB and other processes on both processors it takes half of that. */
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @ParameterizedTest(name = "{0} connections, tcp_wmem {1}")
  @CsvSource({
    "1, 4096 16384 65536",
    "1, 4096 16384 131072",
    "1, 4096 4096 8192",
    "16, 4096 16384 32768",
    "16, 4096 87380 98304"
  })
  void smallSendBuffersDoNotLeaveTheGuestToItsTimer(int connections, String buffers)
      throws Exception {
    try (Lab lab = Lab.open()) {
      lab.host().sysctl("net.ipv4.tcp_wmem", buffers);
      try (BackEnd backEnd = BackEnd.start(lab);
          TapGuest guest =
              TapGuest.connect(lab, backEnd.socket(), MTU).configureForMeasurement("cubic");
          ServerSocketChannel server = TcpPair.listen(lab.remote(), "::", OUTBOUND)) {
        List<TcpPair> pairs = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
          String remote = i % 2 == 0 ? Lab.REMOTE4 : Lab.REMOTE6;
          pairs.add(TcpPair.connect(guest.namespace(), remote, OUTBOUND, server));
        }
        upload(pairs, UPLOADED / connections);
      }
    }
  }

  private static void upload(List<TcpPair> pairs, long each) throws Exception {
    List<Callable<Void>> tasks = new ArrayList<>();
    for (TcpPair pair : pairs) {
      var stream = new TrafficStream(tasks.size(), each);
      tasks.add(task(() -> stream.sendTo(pair.client())));
      tasks.add(task(() -> stream.expectFrom(pair.server())));
    }
    TrafficStream.together(LIMIT, tasks);
    for (TcpPair pair : pairs) {
      pair.close();
    }
  }

  /** Each of a hundred moved connections, and more. */
  @Test
  void eachConnectionIsAsFastAfterAMoveAsItWas() throws Exception {
    try (Lab lab = Lab.open();
        Lab twin = lab.twin();
        Uploads uploads = new Uploads(lab)) {
      for (int move = 1; move <= MOVES; move++) {
        long[] before = uploads.movedWithin(INTERVAL);
        uploads.moveTo(move % 2 == 0 ? lab : twin);
        uploads.awaitProgress(SOME);
        uploads.awaitHalf(move, before);
      }
    }
  }

  /** Buffers of the source that make a larger segment than the target's have room for. */
  @Test
  void uploadsGoOnWhereSendBuffersAreMuchSmaller() throws Exception {
    try (Lab lab = Lab.open();
        Lab twin = lab.twin()) {
      lab.host().sysctl("net.ipv4.tcp_wmem", "4096 16384 131072");
      twin.host().sysctl("net.ipv4.tcp_wmem", "4096 16384 32768");
      try (Uploads uploads = new Uploads(lab)) {
        uploads.moveTo(twin);
        uploads.awaitProgress(2 * SOME);
      }
    }
  }

  /** A guest that sends on connections of its own and on such to it, wherever it is. */
  private static final class Uploads implements AutoCloseable {
    private final List<TcpPair> pairs = new ArrayList<>();
    private final List<RunningTraffic> received = new ArrayList<>();
    private Lab here;
    private BackEnd backEnd;
    private TapGuest guest;

    Uploads(Lab lab) throws Exception {
      here = lab;
      backEnd = BackEnd.start(lab, options(lab));
      guest = TapGuest.connect(lab, backEnd.socket(), MTU).configureForMeasurement("cubic");
      repeatEverySecond(guest.namespace());
      connect(lab);
      for (TcpPair pair : pairs) {
        received.add(RunningTraffic.receiving(STREAM, pair.server()));
        RunningTraffic.sending(STREAM, pair.client());
      }
      awaitProgress(SOME);
    }

    /** The guest's end is called the client. */
    private void connect(Lab lab) throws Exception {
      NetworkNamespace inside = guest.namespace();
      try (ServerSocketChannel remote = TcpPair.listen(lab.remote(), "::", OUTBOUND);
          ServerSocketChannel server = TcpPair.listen(inside, "::", FORWARDED)) {
        while (pairs.size() < CONNECTIONS) {
          pairs.add(TcpPair.connect(inside, Lab.REMOTE4, OUTBOUND, remote));
          pairs.add(TcpPair.connect(inside, Lab.REMOTE6, OUTBOUND, remote));
          for (String host : List.of(Lab.HOST4, Lab.HOST6)) {
            TcpPair inbound = TcpPair.connect(lab.remote(), host, FORWARDED, server);
            pairs.add(new TcpPair(inbound.server(), inbound.client()));
          }
        }
      }
    }

    void moveTo(Lab there) {
      BackEnd target = BackEnd.start(there, options(there));
      Path state = there.directory().resolve("state");
      guest.stop();
      BackEnd.control(here, "migrate", "pause");
      BackEnd.control(here, "migrate", "save", state.toString());
      BackEnd.control(there, "migrate", "load", state.toString());
      there.becomeReachable();
      guest = guest.moveTo(target.socket());
      backEnd.close();
      backEnd = target;
      here = there;
    }

    void awaitProgress(long bytes) {
      for (RunningTraffic each : received) {
        each.awaitProgress(bytes);
      }
    }

    /** Bytes that each has moved in an interval from now on. */
    long[] movedWithin(Duration interval) throws InterruptedException {
      long[] before = received.stream().mapToLong(RunningTraffic::moved).toArray();
      Thread.sleep(interval); // the measurement itself
      return IntStream.range(0, before.length)
          .mapToLong(i -> received.get(i).moved() - before[i])
          .toArray();
    }

    /**
     * Together they must soon be half as fast as before the move, and none may be left behind: the
     * persist timer alone is a thousandth. Single ones may well differ more: what the guest sent
     * while it stood still here was lost, and its congestion control makes them pay for that.
     */
    void awaitHalf(int move, long[] before) throws InterruptedException {
      long mean = Arrays.stream(before).sum() / before.length;
      long[] best = new long[before.length];
      for (int i = 0; i < INTERVALS; i++) {
        long[] now = movedWithin(INTERVAL);
        Arrays.setAll(best, each -> Math.max(best[each], now[each]));
        boolean none =
            IntStream.range(0, best.length)
                .noneMatch(each -> best[each] < Math.min(before[each], mean) / TENTH);
        if (none && Arrays.stream(now).sum() / now.length >= mean / 2) {
          return;
        }
      }
      throw new AssertionError(
          "after move %d at most %s bytes/s, before it %s"
              .formatted(move, Arrays.toString(best), Arrays.toString(before)));
    }

    @Override
    public void close() throws IOException {
      for (TcpPair each : pairs) {
        each.close();
      }
      guest.close();
      backEnd.close();
    }
  }

  /**
   * The guest's clock runs on while it is moved, and what it sends then is lost: without a limit it
   * tries again only after as long as that once more. Since Linux 6.15.
   */
  private static void repeatEverySecond(NetworkNamespace guest) {
    if (Files.exists(Path.of("/proc/sys/net/ipv4/tcp_rto_max_ms"))) {
      guest.sysctl("net.ipv4.tcp_rto_max_ms", "1000");
    }
  }

  private static String[] options(Lab lab, String... more) {
    List<String> options = new ArrayList<>(BackEnd.controlOption(lab));
    options.addAll(List.of("--tcp-ports", Integer.toString(FORWARDED)));
    options.addAll(List.of(more));
    return options.toArray(String[]::new);
  }
}
