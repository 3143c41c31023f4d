package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.jpasst.lab.Wakeups;
import org.junit.jupiter.api.Test;

/** The event loop sleeps when nothing can be done, however much would like to be done. */
@LabTest
final class EventLoopIT {
  private static final int PORT = 5001;
  private static final Duration WATCHED = Duration.ofSeconds(10);
  private static final long WAKE_UPS = 50;
  private static final Duration QUIET = Duration.ofMillis(300);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration TRANSFER = Duration.ofMinutes(1);
  private static final int SMALL_BUFFER = 16 * 1024;

  /** More than the guest takes, less than it and the host's socket together do. */
  private static final long AT_ONCE = 64 * 1024;

  private static final int PIECE = 200;
  private static final int PIECES = 200;

  @Test
  void sleepsWhileGuestsWindowIsZeroAndPeerKeepsSending() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--tcp-ports", Integer.toString(PORT));
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic");
        ServerSocketChannel server = listenWithSmallBuffer(guest);
        TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, server)) {
      TrafficStream stream = new TrafficStream(1, AT_ONCE + PIECE * PIECES);
      stream.sendTo(pair.client(), 0, AT_ONCE);
      Await.steady("unread bytes", QUIET, SOON, () -> guest.namespace().unreadBytes(PORT));

      watchWhile(lab, backEnd, () -> sendInPieces(stream, pair.client()));
      TrafficStream.together(
          TRANSFER,
          List.of(
              TrafficStream.task(pair.client()::shutdownOutput),
              TrafficStream.task(() -> stream.expectFrom(pair.server()))));
    }
  }

  @Test
  void sleepsWhileReaderOfGuestsDataHasStopped() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE6, PORT);
        TcpPair pair = TcpPair.connect(guest.namespace(), Lab.REMOTE6, PORT, server)) {
      TrafficStream stream = new TrafficStream(1, 64 << 20);
      TrafficStream.together(
          TRANSFER,
          List.of(
              TrafficStream.task(() -> stream.sendTo(pair.client())),
              TrafficStream.task(
                  () -> {
                    Await.steady("unread", QUIET, SOON, () -> lab.remote().unreadBytes(PORT));
                    watch(lab, backEnd);
                    stream.expectFrom(pair.server());
                  })));
    }
  }

  @Test
  void sleepsAfterDatagramsForGuestThatIsNotConnected() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, withoutRehearsal());
        DatagramChannel sender = lab.remote().call(DatagramChannel::open)) {
      sender.connect(new InetSocketAddress(InetAddress.getByName(Lab.HOST4), PORT));
      for (int i = 0; i < 1000; i++) {
        sender.write(ByteBuffer.allocate(500));
      }
      watch(lab, backEnd);

      try (TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic");
          DatagramChannel receiver = guest.namespace().call(DatagramChannel::open)) {
        receiver.bind(new InetSocketAddress(PORT)).configureBlocking(false);
        // The socket's buffer may still be full of older ones, and a new one be lost by that.
        Await.until("a new datagram", SOON, () -> arrives(sender, receiver));
      }
    }
  }

  @Test
  void sleepsWhileGuestLinkIsFullAndLosesNothing() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd =
            BackEnd.start(
                lab, "--tcp-ports", Integer.toString(PORT), "--udp-ports", Integer.toString(PORT));
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 65520).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(guest.namespace(), Lab.HOST4, PORT);
        TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, server)) {
      guest.bridge().signal("STOP");
      fillLink(lab);
      TrafficStream stream = new TrafficStream(1, AT_ONCE + PIECE * PIECES);
      stream.sendTo(pair.client(), 0, AT_ONCE);

      watchWhile(lab, backEnd, () -> sendInPieces(stream, pair.client()));
      guest.bridge().signal("CONT");
      TrafficStream.together(
          TRANSFER,
          List.of(
              TrafficStream.task(pair.client()::shutdownOutput),
              TrafficStream.task(() -> stream.expectFrom(pair.server()))));
    }
  }

  /** Which would wake up often, and goes on until a guest is there. */
  private static String[] withoutRehearsal() {
    Stream<String> off = BackEnd.isReal() ? Stream.of() : Stream.of("--warm-up", "off");
    return Stream.concat(off, Stream.of("--udp-ports", Integer.toString(PORT)))
        .toArray(String[]::new);
  }

  private static void watch(Lab lab, BackEnd backEnd) {
    Await.until("a rehearsal's end", SOON, () -> !backEnd.process().hasThread("warm-up"));
    assertThat(Wakeups.count(lab, backEnd.process(), WATCHED))
        .as("wake-ups in " + WATCHED.toSeconds() + " s")
        .isLessThan(WAKE_UPS);
  }

  private static void watchWhile(Lab lab, BackEnd backEnd, TrafficStream.Task traffic) {
    TrafficStream.together(
        TRANSFER,
        List.of(TrafficStream.task(traffic), TrafficStream.task(() -> watch(lab, backEnd))));
  }

  /** Sends the rest of a stream, bit by bit over the time that is watched. */
  private static void sendInPieces(TrafficStream stream, SocketChannel channel) throws IOException {
    for (int i = 0; i < PIECES; i++) {
      long from = AT_ONCE + (long) PIECE * i;
      stream.sendTo(channel, from, from + PIECE);
      LockSupport.parkNanos(WATCHED.toNanos() / PIECES);
    }
  }

  private static ServerSocketChannel listenWithSmallBuffer(TapGuest guest) throws IOException {
    ServerSocketChannel server = guest.namespace().call(ServerSocketChannel::open);
    server.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
    return server.bind(new InetSocketAddress(InetAddress.getByName(Lab.HOST4), PORT));
  }

  /** Sends more in datagrams than the largest buffers of the guest link's socket hold. */
  private static void fillLink(Lab lab) throws IOException {
    try (DatagramChannel sender = lab.remote().call(DatagramChannel::open)) {
      sender.connect(new InetSocketAddress(InetAddress.getByName(Lab.HOST4), PORT));
      for (int i = 0; i < 500; i++) {
        sender.write(ByteBuffer.allocate(60_000));
      }
    }
  }

  /** Sends a datagram of one byte; whether one has arrived, before or after older ones. */
  private static boolean arrives(DatagramChannel sender, DatagramChannel receiver) {
    ByteBuffer datagram = ByteBuffer.allocate(2000);
    try {
      sender.write(ByteBuffer.wrap(new byte[] {7}));
      while (receiver.receive(datagram.clear()) != null) {
        if (datagram.position() == 1) {
          return true;
        }
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
