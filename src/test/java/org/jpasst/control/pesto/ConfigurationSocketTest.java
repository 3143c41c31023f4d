package org.jpasst.control.pesto;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.listen.ForwardTable;
import org.jpasst.proto.listen.PortListeners;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients by hand at the socket, with a clock moved by hand. */
final class ConfigurationSocketTest {
  private static final long SEED = 20261126;
  private static final int CLIENTS = 2000;
  private static final byte[] CLEAR = {Table.END};

  private final List<String> warnings = new ArrayList<>();
  private final List<String> messages = new ArrayList<>();
  private LoopbackHost host;
  private ForwardTable table;
  private ConfigurationSocket socket;
  private Path path;
  private ForwardRule rule;

  /** Closes nothing but what it is told to; a descriptor is its own number. */
  private final class Descriptors implements PortListeners {
    @Override
    public int add(int fd, ForwardRule of, int port) {
      return fd;
    }

    @Override
    public void update(int number, ForwardRule by) {
      // Nobody connects.
    }

    @Override
    public void remove(int number) {
      host.sockets.close(number);
    }

    @Override
    public boolean hasFlowsAt(int port) {
      return false;
    }
  }

  @BeforeEach
  void start(@TempDir Path directory) throws IOException {
    host = new LoopbackHost();
    var log = new Log(LogLevel.INFO, () -> 0);
    log.addSink((level, time, text) -> (level == LogLevel.INFO ? messages : warnings).add(text));
    var listeners = new Descriptors();
    table = new ForwardTable(host.listeningSockets(), listeners, listeners);
    rule = rule(freePort());
    assertThat(table.replace(List.of(rule))).isEmpty();
    path = directory.resolve("conf");
    socket =
        ConfigurationSocket.open(
            path, host.configuration, table, new LinuxSockets(), host.loop, log);
  }

  @AfterEach
  void end() throws IOException {
    socket.close();
    assertThat(Files.exists(path)).as("the socket's file").isFalse();
    table.replace(List.of());
    host.close();
    assertThat(host.counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  @Test
  void tellsTheRulesAndTakesOthers() throws IOException {
    try (SocketChannel client = connect()) {
      Greeting expected = new Greeting(EnumSet.allOf(Capability.class), List.of(rule));
      assertThat(readAtHand(client)).isEqualTo(expected.bytes());
      write(client, CLEAR);
      host.settle();
      assertThat(table.rules()).isEmpty();
      assertThat(isAtEnd(client)).isTrue();
    }
    assertThat(warnings).isEmpty();
    assertThat(messages)
        .anyMatch(each -> each.matches("accepted configuration client, process \\d+"))
        .contains("new forwarding rules for HOST:");
  }

  @Test
  void aClientThatLeavesWithoutARequestIsNotWorthAMessage() throws IOException {
    connect().close();
    host.settle();
    assertThat(warnings).isEmpty();
    assertThat(table.rules()).containsExactly(rule);
  }

  @Test
  void aClientThatLeavesInTheMiddleChangesNothing() throws IOException {
    try (SocketChannel client = connect()) {
      write(client, new byte[] {Table.HOST, 0, 0});
    }
    host.settle();
    assertThat(table.rules()).containsExactly(rule);
    assertThat(warnings)
        .singleElement()
        .asString()
        .endsWith("went away in the middle of its request; the forwarding rules stay as they are");
  }

  @Test
  void aHalfSentRequestIsWaitedForSomeSecondsOnly() throws IOException {
    try (SocketChannel half = connect();
        SocketChannel next = open()) {
      readAtHand(half);
      write(half, new byte[] {Table.HOST, 0});
      host.settle();
      host.advance(4, TimeUnit.SECONDS);
      host.settle();
      assertThat(warnings).isEmpty();
      assertThat(readAtHand(next)).isEmpty();

      host.advance(2, TimeUnit.SECONDS);
      host.loop.turn(0);
      host.settle();
      assertThat(isAtEnd(half)).isTrue();
      assertThat(warnings).singleElement().asString().contains("took longer than 5 s");
      assertThat(readAtHand(next)).hasSize(158 + WireRule.SIZE);
    }
  }

  @Test
  void aRefusedClientIsHeardOutAndSeesAnEnd() throws IOException {
    try (SocketChannel client = connect()) {
      readAtHand(client);
      write(client, new byte[] {9});
      host.settle();
      // pesto would die of SIGPIPE if this failed.
      write(client, new byte[10_000]);
      host.settle();
      assertThat(isAtEnd(client)).isTrue();
    }
    host.settle();
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("refused: there is no table for interface 9;");
    assertThat(table.rules()).containsExactly(rule);
  }

  @Test
  void aRefusedClientThatNeverEndsIsHungUpOn() throws IOException {
    try (SocketChannel client = connect()) {
      readAtHand(client);
      client.configureBlocking(false);
      ByteBuffer junk = ByteBuffer.allocate(10_000);
      Arrays.fill(junk.array(), (byte) 7);
      boolean open = true;
      for (int i = 0; i < 100 && open; i++) {
        try {
          client.write(junk.clear());
        } catch (IOException e) {
          open = false;
        }
        host.settle();
      }
      assertThat(open).isFalse();
    }
    assertThat(warnings).hasSize(1);
  }

  @Test
  void rulesThatCannotBeHadLeaveTheOldOnes() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        SocketChannel client = connect()) {
      write(client, request(rule, rule(taken.getLocalPort())));
      host.settle();
      assertThat(isAtEndAfterGreeting(client)).isTrue();
    }
    assertThat(table.rules()).containsExactly(rule);
    assertThat(warnings).singleElement().asString().contains("can't be had: cannot listen on TCP");
  }

  @Test
  void rulesThatOthersHaveChangedMeanwhileAreNotOverwritten() throws IOException {
    try (SocketChannel client = connect()) {
      readAtHand(client);
      ForwardRule other = rule(freePort());
      assertThat(table.replace(List.of(rule, other))).isEmpty();
      write(client, CLEAR);
      host.settle();
      assertThat(isAtEnd(client)).isTrue();
      assertThat(table.rules()).containsExactly(rule, other);
    }
    assertThat(warnings).singleElement().asString().contains("others have changed since");
  }

  @Test
  void anyNumberOfHostileClientsLeavesNothingBehind() throws IOException {
    var random = new SplittableRandom(SEED);
    byte[] valid = request(rule);
    connect().close();
    host.settle();
    long descriptors = descriptors();
    for (int i = 0; i < CLIENTS; i++) {
      byte[] bytes = Arrays.copyOf(valid, 1 + random.nextInt(2 * valid.length));
      // Only number and count: another port must not be listened at here.
      bytes[random.nextInt(Math.min(5, bytes.length))] = (byte) random.nextInt(256);
      try (SocketChannel client = connect()) {
        write(client, bytes);
        host.loop.turn(0);
      }
      host.loop.turn(10);
    }
    host.settle();
    host.advance(1, TimeUnit.MINUTES);
    host.settle();
    assertThat(table.replace(List.of(rule))).isEmpty();
    assertThat(descriptors()).as("seed %d", SEED).isLessThanOrEqualTo(descriptors);
    assertThat(warnings).allMatch(each -> each.matches("\\P{Cntrl}*"));
    try (SocketChannel client = connect()) {
      assertThat(readAtHand(client)).hasSize(158 + WireRule.SIZE);
    }
  }

  /** Connects, and lets the loop run. */
  private SocketChannel connect() throws IOException {
    SocketChannel client = open();
    host.loop.turn(100);
    host.loop.turn(100);
    return client;
  }

  private SocketChannel open() throws IOException {
    SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
    client.connect(UnixDomainSocketAddress.of(path));
    return client;
  }

  private static void write(SocketChannel client, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      client.write(left);
    }
  }

  private static byte[] readAtHand(SocketChannel client) throws IOException {
    ByteBuffer got = ByteBuffer.allocate(1 << 15);
    client.configureBlocking(false);
    client.read(got);
    client.configureBlocking(true);
    return Arrays.copyOf(got.array(), got.position());
  }

  private static boolean isAtEnd(SocketChannel client) throws IOException {
    client.configureBlocking(false);
    return client.read(ByteBuffer.allocate(1)) < 0;
  }

  private static boolean isAtEndAfterGreeting(SocketChannel client) throws IOException {
    readAtHand(client);
    return isAtEnd(client);
  }

  private static byte[] request(ForwardRule... rules) {
    ByteBuffer bytes = ByteBuffer.allocate(5 + rules.length * WireRule.SIZE + 1);
    bytes.put((byte) Table.HOST).putInt(rules.length);
    for (ForwardRule each : rules) {
      WireRule.of(each).write(bytes);
    }
    return bytes.put((byte) Table.END).array();
  }

  private static ForwardRule rule(int port) {
    return new ForwardRule(
        Protocol.TCP,
        Optional.of(IpAddress.LOOPBACK4),
        Optional.empty(),
        port,
        port,
        port,
        Optional.empty(),
        false);
  }

  private static int freePort() throws IOException {
    try (var free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  private static long descriptors() throws IOException {
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    }
  }
}
