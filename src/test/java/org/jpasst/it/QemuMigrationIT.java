package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Deployment;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.MovingGuest;
import org.jpasst.lab.QemuGuest;
import org.jpasst.lab.TcpPair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A QEMU guest moves to another host in the midst of its connections; nobody notices. */
@LabTest
final class QemuMigrationIT {
  private static final List<String> FAMILIES = List.of(Lab.REMOTE4, Lab.REMOTE6);
  private static final int MANY = 7006;
  private static final int FINISHING = 0x1b5f;
  private static final int CONNECTIONS = 500;
  private static final int MIGRATIONS = 20;

  @ParameterizedTest
  @CsvSource({
    "under test, under test, NOBODY_WITH_PASSTS_HELPER",
    "under test, under test, NOBODY_WITH_OUR_HELPER",
    "under test, under test, USER_WITH_PASSTS_HELPER",
    "under test, under test, USER_WITH_OUR_HELPER",
    "real, under test, NOBODY_WITH_OUR_HELPER",
    "real, under test, USER_WITH_OUR_HELPER",
    "under test, real, NOBODY_WITH_PASSTS_HELPER",
    "under test, real, USER_WITH_OUR_HELPER"
  })
  void connectionsGoOnOnTheOtherHost(String source, String target, Deployment deployment)
      throws Exception {
    try (MovingGuest moving = boot(source, target, deployment)) {
      List<GuestConnections> all = new ArrayList<>();
      for (String address : FAMILIES) {
        all.add(GuestConnections.open(moving, address));
      }
      long retransmitted = moving.remote().counter("Tcp", "RetransSegs");
      moving.move(program(target));
      if (target.equals("real")) {
        GuestConnections.checkAtPasst(all, moving);
      } else {
        for (GuestConnections each : all) {
          each.check(moving.guest());
        }
      }
      System.out.println(
          source
              + " to "
              + target
              + ": peers sent "
              + (moving.remote().counter("Tcp", "RetransSegs") - retransmitted)
              + " segments again");
    }
  }

  private static MovingGuest boot(String source, String target, Deployment deployment) {
    return source.equals(target)
        ? MovingGuest.boot(program(source), deployment)
        : MovingGuest.bootAsWithPasst(program(source), deployment);
  }

  @ParameterizedTest
  @EnumSource(
      value = MovingGuest.Way.class,
      names = {"FILE", "PROCESS"})
  void connectionsGoOnWhateverCarriesTheGuest(MovingGuest.Way way) throws Exception {
    try (MovingGuest moving = MovingGuest.boot(program("under test"), "")) {
      GuestConnections connections = GuestConnections.open(moving, Lab.REMOTE4);
      moving.move(program("under test"), way);
      connections.check(moving.guest());
    }
  }

  @Test
  void connectionsGoOnHereWhenTheGuestIsContinuedAfterItWasSaved() throws Exception {
    try (MovingGuest moving = MovingGuest.boot(program("under test"), "")) {
      GuestConnections connections = GuestConnections.open(moving, Lab.REMOTE4);
      moving.saveAndContinue();
      connections.awaitProgress();
      moving.saveAndContinue();
      connections.check(moving.guest());
      moving.guest().run("echo new | nc -N -l " + MovingGuest.FORWARDED + " >/tmp/inbound &");
      moving.guest().run("until grep -q ':1389 .* 0A' /proc/net/tcp; do sleep 1; done");
      try (SocketChannel client =
          TcpPair.connect(moving.remote(), Lab.HOST4, MovingGuest.FORWARDED)) {
        assertThat(GuestConnections.line(client)).isEqualTo("new");
      }
    }
  }

  /** Where the real passt is the target, it resets such a connection. */
  @ParameterizedTest
  @CsvSource({"under test, under test", "real, under test"})
  void theGuestsLastBytesAndItsEndArriveWhereThePeerReadsThemLate(String source, String target)
      throws Exception {
    try (MovingGuest moving = boot(source, target, Deployment.NOBODY_WITH_PASSTS_HELPER);
        ServerSocketChannel server = moving.remote().call(ServerSocketChannel::open)) {
      server.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 14);
      server.bind(new InetSocketAddress(InetAddress.getByName(Lab.REMOTE4), FINISHING));
      moving.guest().run("head -c 400000 /block | nc -N " + Lab.REMOTE4 + " " + FINISHING + " &");
      try (SocketChannel slow = server.accept()) {
        moving.guest().run("until grep -qE ':1B5F 0[45]' /proc/net/tcp; do sleep 1; done");
        moving.move(program(target));
        QemuGuest.stream(400_000).expectFrom(slow);
      }
    }
  }

  @Test
  void backEndsThatLastServeAGuestThatComesBack() throws Exception {
    try (MovingGuest moving = MovingGuest.bootWith(Set.of(MovingGuest.Trait.LASTING))) {
      GuestConnections connections = GuestConnections.open(moving, Lab.REMOTE4);
      for (int i = 0; i < 4; i++) {
        moving.move(program("under test"));
        connections.awaitProgress();
      }
      connections.check(moving.guest());
    }
  }

  /** Who listens at a forwarded port knows nothing of connections that were accepted there. */
  @Test
  void peersThatSendToABackEndWhoseGuestHasGoneKeepTheirConnections() throws Exception {
    Set<MovingGuest.Trait> traits = Set.of(MovingGuest.Trait.LASTING, MovingGuest.Trait.FOUND_LATE);
    try (MovingGuest moving = MovingGuest.bootWith(traits)) {
      InboundTraffic connection =
          InboundTraffic.open(
              moving.remote(), moving.guest().console(), Lab.HOST4, MovingGuest.FORWARDED);
      for (int i = 0; i < 2; i++) {
        moving.move(program("under test"));
        connection.awaitProgress();
      }
      connection.check(moving.guest().console());
    }
  }

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void twentyMigrationsInARowLoseNothing() throws Exception {
    try (MovingGuest moving = MovingGuest.boot(program("under test"), "")) {
      List<GuestConnections> all = new ArrayList<>();
      for (String address : FAMILIES) {
        all.add(GuestConnections.open(moving, address));
      }
      for (int i = 0; i < MIGRATIONS; i++) {
        moving.move(program("under test"));
        for (GuestConnections each : all) {
          each.awaitProgress();
        }
      }
      for (GuestConnections each : all) {
        each.check(moving.guest());
      }
    }
  }

  @Test
  void fiveHundredConnectionsMoveAtOnce() throws Exception {
    try (MovingGuest moving = MovingGuest.boot(program("under test"), "");
        ServerSocketChannel server = TcpPair.listen(moving.remote(), Lab.REMOTE4, MANY)) {
      List<SocketChannel> peers = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        moving.guest().run("echo %d | nc %s %d >/tmp/many.%d &".formatted(i, Lab.REMOTE4, MANY, i));
        peers.add(server.accept());
        assertThat(GuestConnections.line(peers.get(i))).isEqualTo(Integer.toString(i));
      }
      moving.move(program("under test"));
      for (int i = 0; i < CONNECTIONS; i++) {
        GuestConnections.write(peers.get(i), "back to " + i + "\n");
        peers.get(i).shutdownOutput();
      }
      for (int i = 0; i < CONNECTIONS; i++) {
        String got = "until [ -s /tmp/many.%d ]; do usleep 10000; done; cat /tmp/many.%d";
        assertThat(moving.guest().run(got.formatted(i, i))).isEqualTo("back to " + i);
      }
    }
  }

  private static BackEndProgram program(String name) {
    return name.equals("real") ? BackEndProgram.real() : BackEndProgram.underTest();
  }
}
