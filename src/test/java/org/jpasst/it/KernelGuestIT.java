package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.jpasst.wire.EthernetHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Traffic, mostly TCP, with the kernel as guest, which makes full speed and counts what was lost.
 */
@LabTest
@ParameterizedClass(name = "{0}")
@EnumSource(KernelGuestIT.FrontEnd.class)
final class KernelGuestIT {
  /** Who is between the guest's device and the back-end. */
  enum FrontEnd {
    /** Hands frames on as they go over a wire, as QEMU does. */
    PLAIN,
    /** Offers its guest checksum and segmentation offload, and tells nobody, as libkrun does. */
    OFFLOADING;

    TapGuest connect(Lab lab, BackEnd backEnd, int mtu) {
      return switch (this) {
        case PLAIN -> TapGuest.connect(lab, backEnd.socket(), mtu);
        case OFFLOADING -> TapGuest.connectOffloading(lab, backEnd.socket(), mtu);
      };
    }
  }

  private static final long GIBIBYTE = 1L << 30;
  private static final long MEBIBYTE = 1L << 20;
  private static final int PORT = 5001;
  private static final int ONE_PORT = 5555;
  private static final Duration TRANSFER = Duration.ofMinutes(3);
  private static final Duration SOON = Duration.ofSeconds(20);

  private final FrontEnd frontEnd;

  KernelGuestIT(FrontEnd frontEnd) {
    this.frontEnd = frontEnd;
  }

  @Test
  void carriesAllKindsOfTraffic() throws Exception {
    String port = Integer.toString(KernelTraffic.PORT);
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--tcp-ports", port, "--udp-ports", port);
        TapGuest guest = frontEnd.connect(lab, backEnd, 1500).configure("cubic")) {
      KernelTraffic.carryAll(lab);

      assertThat(guest.droppedFrames()).as("frames dropped by the harness").isZero();
      assertThat(backEnd.process().output()).doesNotContain("checksum");
    }
  }

  @ParameterizedTest(name = "MTU {0}, {1}")
  @CsvSource({"1500, cubic", "65520, cubic", "1500, bbr"})
  void guestSendsGibibyteWithoutRetransmission(int mtu, String congestionControl) throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--mtu", Integer.toString(mtu));
        TapGuest guest = frontEnd.connect(lab, backEnd, mtu);
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT);
        TcpPair pair =
            TcpPair.connect(
                guest.configure(congestionControl).namespace(), Lab.REMOTE4, PORT, server)) {
      transfer(guest, pair.client(), pair.server());

      boolean uncut = frontEnd == FrontEnd.OFFLOADING && mtu == 1500;
      assertThat(guest.meanFrameSent() > mtu + EthernetHeader.LENGTH).isEqualTo(uncut);
    }
  }

  @ParameterizedTest(name = "MTU {0}")
  @CsvSource({"1500", "65520"})
  void guestReceivesGibibyteWithoutRetransmission(int mtu) throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--mtu", Integer.toString(mtu));
        TapGuest guest = frontEnd.connect(lab, backEnd, mtu);
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE6, PORT);
        TcpPair pair =
            TcpPair.connect(guest.configure("cubic").namespace(), Lab.REMOTE6, PORT, server)) {
      transfer(guest, pair.server(), pair.client());
    }
  }

  /** The host's loopback is the path where windows and buffers grow the fastest. */
  @Test
  void loopbackOfTheHostTakesGibibyteFromGuestWithoutRetransmission() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = frontEnd.connect(lab, backEnd, 1500);
        ServerSocketChannel server = TcpPair.listen(lab.host(), "127.0.0.1", PORT);
        TcpPair pair =
            TcpPair.connect(guest.configure("cubic").namespace(), Lab.GATEWAY4, PORT, server)) {
      transfer(guest, pair.client(), pair.server());
    }
  }

  @Test
  void twoThousandConnectionsLeaveNoDescriptorBehind() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--tcp-ports", Integer.toString(PORT));
        TapGuest guest = frontEnd.connect(lab, backEnd, 65520).configure("cubic");
        ServerSocketChannel remote = TcpPair.listen(lab.remote(), "::", PORT);
        ServerSocketChannel inGuest = TcpPair.listen(guest.namespace(), "::", PORT)) {
      // What the first use of each kind opens for good doesn't count, nor does it when sockets are
      // taken from a stock that is filled up again later.
      Await.until("a rehearsal's end", SOON, () -> !backEnd.process().hasThread("warm-up"));
      int atStart = backEnd.process().descriptors();
      for (TcpPair each : connectFourKinds(lab, remote, inGuest, 8)) {
        each.exchange((byte) 1);
        closeInTurns(each, true);
      }
      Await.atMost("connections", 0, SOON, () -> connections(lab.host()));
      int before = Math.max(atStart, backEnd.process().descriptors());

      List<TcpPair> pairs = connectFourKinds(lab, remote, inGuest, 2000);
      for (TcpPair each : pairs) {
        each.exchange((byte) pairs.indexOf(each));
      }
      assertThat(backEnd.process().descriptors()).isGreaterThanOrEqualTo(before + pairs.size());
      for (int i = 0; i < pairs.size(); i++) {
        closeInTurns(pairs.get(i), i % 8 < 4);
      }
      Await.atMost("descriptors", before, SOON, () -> backEnd.process().descriptors());
    }
  }

  @Test
  void thirtyTwoStreamsRunBothWaysAtOnce() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--tcp-ports", Integer.toString(PORT));
        TapGuest guest = frontEnd.connect(lab, backEnd, 1500).configure("cubic");
        ServerSocketChannel remote = TcpPair.listen(lab.remote(), "::", PORT);
        ServerSocketChannel inGuest = TcpPair.listen(guest.namespace(), "::", PORT)) {
      List<TcpPair> pairs = connectFourKinds(lab, remote, inGuest, 32);
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < pairs.size(); i++) {
        TcpPair pair = pairs.get(i);
        addBothWays(tasks, pair, new TrafficStream(i, 8 * MEBIBYTE));
      }
      TrafficStream.together(TRANSFER, tasks);
      for (TcpPair each : pairs) {
        each.close();
      }
    }
  }

  /** What ends a connection and the next one's SYN are often in one batch. */
  @Test
  void connectionsFromOnePortThatAreResetInTurnsNeedNoSecondSyn() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab);
        TapGuest guest = TapGuest.connect(lab, backEnd.socket(), 1500).configure("cubic");
        ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT)) {
      int before = backEnd.process().descriptors();
      // Nothing of a connection is on its way to the guest when it resets it: Linux repeats a SYN
      // at
      // once that meets a segment of the last one. So its byte is answered, and the peer stays
      // open.
      var accepted = new ArrayList<SocketChannel>();
      for (int i = 0; i < 300; i++) {
        try (SocketChannel client = guest.namespace().call(SocketChannel::open)) {
          client.setOption(StandardSocketOptions.SO_REUSEADDR, true);
          client.bind(new InetSocketAddress(ONE_PORT));
          client.connect(new InetSocketAddress(Lab.REMOTE4, PORT));
          accepted.add(server.accept());
          client.write(ByteBuffer.wrap(new byte[] {1}));
          assertThat(accepted.getLast().read(ByteBuffer.allocate(1))).isEqualTo(1);
          accepted.getLast().write(ByteBuffer.wrap(new byte[] {2}));
          assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(1);
          client.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
      }
      assertThat(guest.namespace().counter("TcpExt", "TCPSynRetrans")).as("SYNs again").isZero();
      assertThat(guest.retransmittedSegments()).isZero();
      Await.atMost("descriptors", before + 10, SOON, () -> backEnd.process().descriptors());
      for (SocketChannel each : accepted) {
        each.close();
      }
    }
  }

  @Test
  void refusedConnectionIsRefusedBothWays() throws Exception {
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, "--tcp-ports", Integer.toString(PORT));
        TapGuest guest = frontEnd.connect(lab, backEnd, 1500).configure("cubic")) {
      for (String address : List.of(Lab.REMOTE4, Lab.REMOTE6, Lab.GATEWAY4, Lab.GATEWAY6)) {
        assertThatExceptionOfType(ConnectException.class)
            .isThrownBy(() -> TcpPair.connect(guest.namespace(), address, 9))
            .withMessageContaining("refused");
      }
      for (String address : List.of(Lab.HOST4, Lab.HOST6)) {
        // The host has accepted when the guest refuses: the connection is reset at once.
        try (SocketChannel client = TcpPair.connect(lab.remote(), address, PORT)) {
          assertThatExceptionOfType(java.net.SocketException.class)
              .isThrownBy(() -> client.read(ByteBuffer.allocate(1)))
              .withMessageContaining("reset");
        }
      }
    }
  }

  private static void transfer(TapGuest guest, SocketChannel from, SocketChannel to) {
    long start = System.nanoTime();
    new TrafficStream(1, GIBIBYTE).carry(from, to, TRANSFER);
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf("1 GiB in %.1f s, %.2f Gbit/s%n", seconds, GIBIBYTE * 8 / seconds / 1e9);
    assertThat(guest.droppedFrames()).as("frames dropped by the harness").isZero();
    assertThat(guest.retransmittedSegments())
        .as("segments sent again by the guest: %s", guest.retransmissionReasons())
        .isZero();
  }

  /** Opens connections: a quarter each out and in, over IPv4 and over IPv6. */
  private static List<TcpPair> connectFourKinds(
      Lab lab, ServerSocketChannel remote, ServerSocketChannel inGuest, int count)
      throws Exception {
    List<TcpPair> pairs = new ArrayList<>();
    while (pairs.size() < count) {
      pairs.add(TcpPair.connect(lab.guest(), Lab.REMOTE4, PORT, remote));
      pairs.add(TcpPair.connect(lab.guest(), Lab.REMOTE6, PORT, remote));
      pairs.add(TcpPair.connect(lab.remote(), Lab.HOST4, PORT, inGuest));
      pairs.add(TcpPair.connect(lab.remote(), Lab.HOST6, PORT, inGuest));
    }
    return pairs;
  }

  /** TCP sockets that are connected or on their way to it or from it, save TIME_WAIT. */
  private static long connections(NetworkNamespace namespace) {
    return namespace.procNet("tcp").stream().filter(KernelGuestIT::isConnection).count()
        + namespace.procNet("tcp6").stream().filter(KernelGuestIT::isConnection).count();
  }

  private static boolean isConnection(String line) {
    String state = line.strip().split("\\s+")[3];
    return !state.equals("st") && !state.equals("0A") && !state.equals("06");
  }

  private static void closeInTurns(TcpPair pair, boolean clientFirst) throws Exception {
    SocketChannel first = clientFirst ? pair.client() : pair.server();
    SocketChannel second = clientFirst ? pair.server() : pair.client();
    first.shutdownOutput();
    assertThat(second.read(ByteBuffer.allocate(1))).as("end of stream").isEqualTo(-1);
    second.close();
    assertThat(first.read(ByteBuffer.allocate(1))).as("end of stream").isEqualTo(-1);
    first.close();
  }

  private static void addBothWays(List<Callable<Void>> tasks, TcpPair pair, TrafficStream stream) {
    tasks.add(TrafficStream.task(() -> stream.sendTo(pair.client())));
    tasks.add(TrafficStream.task(() -> stream.sendTo(pair.server())));
    tasks.add(TrafficStream.task(() -> stream.expectFrom(pair.client())));
    tasks.add(TrafficStream.task(() -> stream.expectFrom(pair.server())));
  }
}
