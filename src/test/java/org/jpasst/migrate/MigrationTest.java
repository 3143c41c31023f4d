package org.jpasst.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.jpasst.guest.cache.CachePolicy;
import org.jpasst.guest.cache.PacketCache;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.linux.SocketAddress;
import org.jpasst.linux.SocketPair;
import org.jpasst.linux.SocketType;
import org.jpasst.log.Log;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.proto.tcp.LoopbackPort;
import org.jpasst.stack.NetStack;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is answered at a forwarded port while a guest leaves, and afterwards. */
final class MigrationTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private LoopbackHost host;
  private NetStack stack;
  private Migration migration;
  private int port;

  @BeforeEach
  void start() throws IOException {
    host = new LoopbackHost();
    var link = new StreamLink(host.loop, host.sockets, host.counters, Log.none());
    stack = host.stack(link.sink(), DescriptorReserve.none(), Log.none());
    var cache =
        new PacketCache(link, link.sink(), CachePolicy.never(), 0, host.loop::now, host.counters);
    migration = LoneMigration.of(stack.state(link, cache), host.sockets, host.loop, Log.none());
    link.attach(SocketPair.create(SocketType.STREAM | SocketType.NONBLOCK).ours());
    port = forward();
    assertAnswered();
    save();
    assertUnanswered();
  }

  @AfterEach
  void end() {
    stack.tcpListeners().close();
    host.close();
  }

  @Test
  void peersAreAnsweredAgainWhenTheGuestGoesOnHere() throws IOException {
    migration.resume();
    assertAnswered();
  }

  @Test
  void peersOfAGuestThatHasLeftAreAnsweredWhenAnotherComes() throws IOException {
    migration.leave();
    assertThat(migration.isSaved()).isFalse();
    assertUnanswered();
    migration.welcome();
    assertAnswered();
  }

  @Test
  void peersAreAnsweredForAGuestThatCameBeforeItWasKnownThatTheOtherHasLeft() throws IOException {
    migration.welcome();
    assertUnanswered();
    migration.leave();
    assertAnswered();
  }

  @Test
  void theNextGuestLeavesInTheSameWay() throws IOException {
    migration.leave();
    migration.welcome();
    save();
    assertUnanswered();
    migration.leave();
    assertUnanswered();
  }

  @Test
  void anOperatorMayHavePeersAnsweredWithoutAGuest() throws IOException {
    migration.leave();
    migration.resume();
    assertAnswered();
  }

  private void save() throws IOException {
    migration.save(Channels.newChannel(OutputStream.nullOutputStream()));
  }

  /** Forwards a port that nobody has; returns it. */
  private int forward() {
    int fd = LoopbackPort.listen(host.sockets);
    var address = new SocketAddress();
    assertThat(host.sockets.getsockname(fd, address)).isZero();
    assertThat(stack.tcpListeners().add(fd, LoopbackPort.RULE, address.port())).isNotNegative();
    return address.port();
  }

  private void assertAnswered() throws IOException {
    try (Socket client = new Socket()) {
      client.connect(address(), (int) SOON.toMillis());
    }
  }

  /** On the loopback interface an answer is there when connect(2) returns. */
  private void assertUnanswered() throws IOException {
    try (SocketChannel client = SocketChannel.open()) {
      client.configureBlocking(false);
      assertThat(client.connect(address()) || client.finishConnect()).isFalse();
    }
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }
}
