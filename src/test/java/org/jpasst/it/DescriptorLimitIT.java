package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.Operator;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process that may have too few descriptors (RLIMIT_NOFILE) for what is asked of it. */
@LabTest
final class DescriptorLimitIT {
  private static final int PORT = 5001;
  private static final int CONNECTIONS = 2000;
  private static final Duration SOON = Duration.ofSeconds(30);

  private static LabProcess start(Lab lab, String limits, String... options) {
    List<String> command =
        Stream.concat(
                Stream.of("prlimit", "--nofile=" + limits, "--", BackEnd.program()),
                Stream.of(options))
            .toList();
    return lab.host().start(command, BackEnd.environment());
  }

  /** Making room takes the kernel some 10 ms, and would be done while the guest waits. */
  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void thereIsRoomForDescriptorsBeforeTheyAreNeeded(int limit) {
    try (Lab lab = Lab.open()) {
      Path socket = lab.directory().resolve("passt.socket");
      try (LabProcess backEnd =
          start(lab, "64:" + limit, "--foreground", "--socket", socket.toString())) {
        lab.host().awaitUnixListener(socket, SOON);
        Await.until("a large table", SOON, () -> backEnd.descriptorTable() >= limit);
      }
    }
  }

  @Test
  void connectionsBeyondTheLimitAreRefusedUntilOthersEnd() throws IOException {
    try (Lab lab = Lab.open()) {
      Path socket = lab.directory().resolve("passt.socket");
      try (LabProcess backEnd =
              start(lab, "64:512", "--foreground", "--socket", socket.toString());
          ServerSocketChannel server = TcpPair.listen(lab.remote(), Lab.REMOTE4, PORT)) {
        lab.host().awaitUnixListener(socket, SOON);
        try (TapGuest guest = TapGuest.connect(lab, socket, 1500).configure("cubic")) {
          backEnd.awaitLine("guest connected", SOON); // all that it opens is open
          int idle = backEnd.descriptors();
          try (var clients = new Clients(guest.namespace())) {
            clients.connectAll();
            // The soft limit of 64 was raised; some of the hard limit's 512 are kept back.
            assertThat(clients.connected).isBetween(512 - 32 - idle - 32, 512 - 32);
            assertThat(clients.connected + clients.refused).isEqualTo(CONNECTIONS);
            backEnd.awaitLine("out of file descriptors, 512 are allowed", SOON);
            Await.until("a datagram's refusal", SOON, () -> isRefused(guest.namespace()));
            // Those it has are well, and another guest could still come.
            assertThat(backEnd.alive()).isTrue();
            assertThat(backEnd.descriptors()).isLessThan(512);
          }
          // The peer closes its ends too.
          server.configureBlocking(false);
          for (SocketChannel each = server.accept(); each != null; each = server.accept()) {
            each.close();
          }
          server.configureBlocking(true);
          Await.until("as few as before", SOON, () -> backEnd.descriptors() <= idle + 1);
          try (TcpPair pair = TcpPair.connect(guest.namespace(), Lab.REMOTE4, PORT, server)) {
            pair.exchange((byte) 1);
          }
        }
      }
    }
  }

  /** Whether a datagram is answered by ICMP; if not at once, another one may be. */
  private static boolean isRefused(NetworkNamespace guest) {
    try (DatagramChannel datagrams = guest.call(DatagramChannel::open)) {
      datagrams.connect(new InetSocketAddress(Lab.REMOTE4, PORT));
      datagrams.write(ByteBuffer.allocate(1));
      datagrams.socket().setSoTimeout(1000);
      datagrams.socket().receive(new DatagramPacket(new byte[1], 1));
      return false;
    } catch (NoRouteToHostException e) {
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void morePortsThanDescriptorsAreRefusedBeforeAnyIsOpened() {
    try (Lab lab = Lab.open();
        LabProcess backEnd = start(lab, "1024:1024", "--foreground", "--tcp-ports", "all")) {
      assertThat(backEnd.awaitExit(SOON)).isEqualTo(1);
      assertThat(backEnd.output())
          .containsPattern("forwarding [0-9]{5} ports needs as many file descriptors")
          .containsPattern("of the 1024 allowed only 9[0-9]{2} are left")
          .contains("ulimit -n");
    }
  }

  @Test
  void portsThatAreAddedLateLeaveSomeForOperators() throws IOException {
    try (Lab lab = Lab.open();
        LabProcess backEnd =
            start(
                lab,
                "512:512",
                Stream.of(
                        List.of("--foreground", "--warm-up", "off", "-t", "127.0.0.1/" + PORT),
                        BackEnd.controlOption(lab))
                    .flatMap(List::stream)
                    .toArray(String[]::new))) {
      lab.host().awaitUnixListener(Path.of(BackEnd.controlOption(lab).getLast()), SOON);
      try (Operator operator = Operator.connect(lab)) {
        // As many as can be had, and no more.
        assertThat(operator.askAll(request("add", "127.0.0.2/~1,~600-65535")))
            .startsWith("{\"ok\"");
        // The runtime may have opened a few of the rest meanwhile.
        assertThat(backEnd.descriptors()).isBetween(512 - 64, 512 - 16);
      }
      try (Operator operator = Operator.connect(lab)) {
        assertThat(operator.askAll(request("delete", "127.0.0.2/~1,~600-65535")))
            .startsWith("{\"ok\"");
      }
    }
  }

  private static String request(String verb, String spec) {
    return "{\"command\":\"forward %s\",\"rules\":[{\"protocol\":\"tcp\",\"spec\":\"%s\"}]}"
        .formatted(verb, spec);
  }

  /** Connections of the guest's, opened all at once. */
  private static final class Clients implements AutoCloseable {
    private final NetworkNamespace guest;
    private final List<SocketChannel> open = new ArrayList<>();
    private int connected;
    private int refused;

    Clients(NetworkNamespace guest) {
      this.guest = guest;
    }

    void connectAll() throws IOException {
      var to = new InetSocketAddress(Lab.REMOTE4, PORT);
      try (Selector selector = Selector.open()) {
        for (int i = 0; i < CONNECTIONS; i++) {
          SocketChannel channel = guest.call(SocketChannel::open);
          open.add(channel);
          channel.configureBlocking(false);
          channel.register(selector, SelectionKey.OP_CONNECT);
          channel.connect(to);
        }
        long deadline = System.nanoTime() + SOON.toNanos();
        while (connected + refused < CONNECTIONS && System.nanoTime() < deadline) {
          selector.select(this::finish, 1000);
        }
      }
    }

    private void finish(SelectionKey key) {
      try {
        ((SocketChannel) key.channel()).finishConnect();
        connected++;
      } catch (IOException e) {
        refused++;
      }
      key.cancel();
    }

    @Override
    public void close() throws IOException {
      for (SocketChannel each : open) {
        each.close();
      }
    }
  }
}
