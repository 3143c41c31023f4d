package org.jpasst.migrate.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jpasst.lab.Await;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.TcpInfo;
import org.jpasst.migrate.repair.DirectRepair;
import org.jpasst.migrate.repair.RepairCommand;
import org.jpasst.migrate.repair.RepairMode;
import org.jpasst.migrate.socket.MigratedConnection.Family;
import org.jpasst.migrate.socket.SocketMigrationIT.Situation;
import org.jpasst.migrate.socket.SocketMigrationIT.Urgent;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.TcpState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a frozen socket acknowledges, and how it goes on where the migration fails. */
@LabTest
final class SocketFreezeIT {
  private static final int BUFFERS = 1 << 20;

  /** What the sender manages to send while the socket is frozen, if anything takes it. */
  private static final int HAMMERED = 200_000;

  private final LinuxSockets sockets = new LinuxSockets();
  private final DirectRepair repair = new DirectRepair(sockets);
  private Lab lab;

  @BeforeEach
  void setUp() {
    lab = Lab.open();
  }

  @AfterEach
  void tearDown() {
    lab.close();
  }

  @ParameterizedTest
  @MethodSource("org.jpasst.migrate.socket.SocketMigrationIT#situations")
  void aThawedSocketGoesOnAsIfItHadNotBeenRead(Situation situation) throws Exception {
    try (var connection = SocketMigrationIT.reach(lab, situation)) {
      connection.freeze();
      SocketRecord.Dumped dumped = connection.dump();
      assertThat(dumped.fields().rcvq()).isEqualTo(situation.back());
      connection.mend();
      connection.thaw();
      SocketMigrationIT.goesOnToTheEnd(connection, situation.state());
    }
  }

  @ParameterizedTest
  @MethodSource("org.jpasst.migrate.socket.SocketMigrationIT#urgent")
  void aThawedSocketStillHasWhatIsBehindAnUrgentByte(Urgent urgent) throws Exception {
    try (var connection = MigratedConnection.connect(lab, urgent.family(), BUFFERS)) {
      int bytes = SocketMigrationIT.send(connection, urgent);
      connection.freeze();
      SocketRecord.Dumped dumped = connection.dump();
      assertThat(dumped.fields().rcvq()).isEqualTo(bytes);
      connection.thaw();
      SocketMigrationIT.goesOnToTheEnd(
          connection, urgent.closed() ? TcpState.CLOSE_WAIT : TcpState.ESTABLISHED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void notOneByteIsAcknowledgedAfterTheDump(Family family) throws Exception {
    try (var connection = MigratedConnection.connect(lab, family, BUFFERS)) {
      SocketRecord.Dumped dumped = dumpWhileHammered(connection);
      assertThat(connection.peer().unacknowledged()).isPositive();
      assertThat(acknowledged(connection)).isEqualTo(dumped.fields().rcvq());
      connection.cutBack();
      connection.ours().close();
      connection.bringBack(dumped);
      connection.ours().readAll(connection.peer());
    }
  }

  /** What the filter is for: this is what the test above would find without it. */
  @ParameterizedTest
  @EnumSource
  void repairModeAloneAcknowledgesWhatIsLost(Family family) throws Exception {
    try (var connection = MigratedConnection.connect(lab, family, BUFFERS)) {
      connection.peer().write(1_000);
      connection.ours().awaitUnread(1_000);
      repair.set(new int[] {connection.ours().fd()}, RepairCommand.ON);
      SocketRecord.Dumped dumped = connection.dump();
      connection.peer().write(1_000);
      Await.until(
          "more to be acknowledged than was dumped",
          StreamEnd.SOON,
          () -> acknowledged(connection) > dumped.fields().rcvq());
    }
  }

  @Test
  void allAreThawedWhereOneCannotBeFrozen() throws Exception {
    try (var connection = MigratedConnection.connect(lab, Family.IPV4)) {
      RepairMode half =
          (fds, command) -> {
            repair.set(fds, command);
            if (command == RepairCommand.ON) {
              throw new ErrnoException(Errno.EPERM, "as if the next one couldn't be");
            }
          };
      var freeze = new SocketFreeze(sockets, half);
      assertThatThrownBy(() -> freeze.freeze(new int[] {connection.ours().fd()}))
          .isInstanceOf(ErrnoException.class)
          .hasMessageContaining("EPERM")
          .hasNoSuppressedExceptions();
      SocketMigrationIT.goesOnToTheEnd(connection, TcpState.ESTABLISHED);
    }
  }

  @Test
  void theDumpLeavesThePeekOffsetAlone() throws Exception {
    try (var connection = MigratedConnection.connect(lab, Family.IPV4)) {
      int fd = connection.ours().fd();
      connection.peer().write(3_000);
      connection.ours().awaitUnread(3_000);
      int level = SocketLevel.SOCKET;
      int option = SocketOption.SO_PEEK_OFF;
      sockets.setsockopt(fd, level, option, 1_000);
      connection.freeze();
      assertThat(connection.dump().fields().rcvq()).isEqualTo(3_000);
      connection.thaw();
      assertThat(sockets.getsockopt(fd, level, option)).isEqualTo(1_000);
    }
  }

  @Test
  void aConnectionThatIsGoneIsNotDumped() throws Exception {
    try (var connection = MigratedConnection.connect(lab, Family.IPV6)) {
      connection.ours().write(10);
      connection.peer().awaitUnread(10);
      connection.peer().close(); // with unread data: a reset, RFC 2525 section 2.17
      connection.ours().awaitState(TcpInfo.CLOSE);
      connection.freeze();
      assertThatThrownBy(connection::dump)
          .isInstanceOf(ErrnoException.class)
          .hasMessageContaining("ECONNRESET");
    }
  }

  /** Freezes and dumps our end while the peer sends as fast as it can, before and after. */
  private static SocketRecord.Dumped dumpWhileHammered(MigratedConnection connection)
      throws Exception {
    StreamEnd peer = connection.peer();
    var stop = new AtomicBoolean();
    Thread sender =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!stop.get()) {
                    peer.offer(1_000);
                  }
                });
    SocketRecord.Dumped dumped;
    try {
      Await.until("the first bytes", StreamEnd.SOON, () -> connection.ours().unread() > 0);
      connection.freeze();
      dumped = connection.dump();
      long before = dumped.fields().rcvq();
      Await.until("the sender to go on", StreamEnd.SOON, () -> peer.written() >= before + HAMMERED);
    } finally {
      stop.set(true);
      sender.join();
    }
    return dumped;
  }

  private static long acknowledged(MigratedConnection connection) {
    return connection.peer().written() - connection.peer().unacknowledged();
  }
}
