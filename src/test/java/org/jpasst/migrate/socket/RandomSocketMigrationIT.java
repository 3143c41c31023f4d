package org.jpasst.migrate.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.linux.TcpInfo;
import org.jpasst.migrate.socket.MigratedConnection.Family;
import org.jpasst.migrate.stream.SocketRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Connections in any situation, by seeds: random amounts in flight each way, on a path that is
 * whole, or cut in either direction, with random ends closed, random buffers and random options.
 */
@LabTest
final class RandomSocketMigrationIT {
  private static final int CONNECTIONS = 12;
  private static final int MOST = 6 << 20;

  private Lab lab;

  static List<Long> seeds() {
    Long chosen = Long.getLong("jpasst.seed");
    return chosen == null ? List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L) : List.of(chosen);
  }

  @BeforeEach
  void setUp() {
    lab = Lab.open();
  }

  @AfterEach
  void tearDown() {
    lab.close();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyByteArrivesOnceAndBothEndsSeeTheEnd(long seed) throws Exception {
    var random = new SplittableRandom(seed);
    for (String option : List.of("timestamps", "sack", "window_scaling")) {
      NetworkNamespace one = random.nextBoolean() ? lab.host() : lab.remote();
      one.sysctl("net.ipv4.tcp_" + option, random.nextInt(3) == 0 ? "0" : "1");
    }
    for (int i = 0; i < CONNECTIONS; i++) {
      Family family = Family.values()[random.nextInt(2)];
      int buffers = random.nextInt(3) == 0 ? 0 : 1 << random.nextInt(12, 25);
      try (var connection = MigratedConnection.connect(lab, family, buffers)) {
        disturb(connection, random);
        migrate(connection, random);
        finish(connection);
      } catch (AssertionError | Exception e) {
        throw new AssertionError("connection " + i, e);
      }
    }
  }

  private static void disturb(MigratedConnection connection, RandomGenerator random) {
    StreamEnd ours = connection.ours();
    StreamEnd peer = connection.peer();
    ours.write(random.nextInt(1, 2_000));
    peer.readAll(ours);
    peer.write(random.nextInt(1, 2_000));
    ours.readAll(peer);
    for (int i = random.nextInt(8); i > 0; i--) {
      switch (random.nextInt(8)) {
        case 0 -> connection.cutThere();
        case 1 -> connection.cutBack();
        case 2 -> shutdownOurs(connection);
        case 3 -> shutdownPeer(connection);
        case 4 -> ours.readAvailable();
        case 5 -> peer.readAvailable();
        case 6 -> ours.offer(amount(random));
        default -> peer.offer(amount(random));
      }
    }
  }

  /** Unless both ends would be through with the connection by that. */
  private static void shutdownOurs(MigratedConnection connection) {
    if (!connection.peer().isShutdown() || connection.isCutThere()) {
      connection.ours().shutdown();
    }
  }

  private static void shutdownPeer(MigratedConnection connection) {
    StreamEnd peer = connection.peer();
    boolean hasOurFin = peer.info().state() != TcpInfo.ESTABLISHED;
    if (!connection.ours().isShutdown() || (connection.isCutThere() && !hasOurFin)) {
      peer.shutdown();
    }
  }

  private static int amount(RandomGenerator random) {
    return random.nextBoolean() ? random.nextInt(1, 4_000) : random.nextInt(1, MOST);
  }

  private static void migrate(MigratedConnection connection, RandomGenerator random)
      throws Exception {
    SocketRecord.Dumped dumped = connection.takeAway();
    long read = connection.ours().read();
    assertThat(read + dumped.fields().rcvq()).isLessThanOrEqualTo(connection.peer().written());
    connection.bringBack(dumped);
    if (connection.isFinReceived()) {
      assertThat(read + dumped.fields().rcvq()).isEqualTo(connection.peer().written());
      connection.ours().endSeen();
    }
  }

  private static void finish(MigratedConnection connection) {
    StreamEnd ours = connection.ours();
    StreamEnd peer = connection.peer();
    ours.readBoth(peer);
    if (!peer.isShutdown()) {
      peer.write(77);
      peer.shutdown();
    }
    if (!ours.isShutdown()) {
      ours.write(99);
      ours.shutdown();
    }
    ours.readBoth(peer);
    peer.awaitEnd();
    if (!ours.hasSeenEnd()) {
      ours.awaitEnd();
    }
    ours.awaitAcknowledged();
  }
}
