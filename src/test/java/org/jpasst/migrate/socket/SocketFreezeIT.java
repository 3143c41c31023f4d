package org.jpasst.migrate.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jpasst.lab.Alone;
import org.jpasst.lab.Await;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.linux.Deafness;
import org.jpasst.linux.Deafness.Way;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a frozen socket acknowledges, and how it goes on where the migration fails. */
@LabTest
@Alone
final class SocketFreezeIT {
  private static final int BUFFERS = 1 << 20;

  /** What is read before the next freeze. */
  private static final int HAMMERED = 200_000;

  private static final int CHUNK = 1_000;
  private static final int FREEZES = 100;
  private static final int FREEZES_FOR_ONE_MOVE = 4;

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
  @CsvSource({
    "FILTER, IPV4, 64",
    "FILTER, IPV6, 255",
    "SIGNATURE, IPV4, 64",
    "SIGNATURE, IPV4, 255",
    "SIGNATURE, IPV6, 64",
    "SIGNATURE, IPV6, 255",
    "HOP_LIMIT, IPV4, 64",
    "HOP_LIMIT, IPV6, 128"
  })
  void ofAPeerAtFullSpeedNotOneByteIsLostOrDoubled(Way way, Family family, int hopLimit)
      throws Exception {
    lab.remote().sysctl("net.ipv4.ip_default_ttl", Integer.toString(hopLimit));
    lab.remote().sysctl("net.ipv6.conf.all.hop_limit", Integer.toString(hopLimit));
    lab.remote().sysctl("net.ipv6.conf.vr.hop_limit", Integer.toString(hopLimit));
    retransmitSoon();
    try (var connection = MigratedConnection.connect(lab, family, BUFFERS, way)) {
      StreamEnd ours = connection.ours();
      try (var hammer = new Hammer(connection.peer())) {
        for (int i = 0; i < FREEZES; i++) {
          hammer.awaitProgress(ours);
          assertThat(connection.freeze()).isEqualTo(way);
          SocketRecord.Dumped dumped = connection.dump();
          awaitSegmentsInVain();
          assertThat(ours.unread()).isEqualTo(dumped.fields().rcvq());
          if (i % FREEZES_FOR_ONE_MOVE == 0) {
            connection.cutBack();
            ours.close();
            connection.bringBack(dumped);
          } else {
            connection.thaw();
          }
        }
      }
      ours.readAll(connection.peer());
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

  /** Waits until the peer has sent something, be it data, data again, or a probe. */
  private void awaitSegmentsInVain() {
    long before = segmentsOfPeer();
    Await.until("the peer to send", StreamEnd.SOON, () -> segmentsOfPeer() > before);
  }

  private long segmentsOfPeer() {
    return lab.remote().counter("Tcp", "OutSegs") + lab.remote().counter("Tcp", "RetransSegs");
  }

  /** The remote's timer for a lost segment runs some milliseconds, or this would take minutes. */
  private void retransmitSoon() {
    lab.remote().sysctl("net.ipv4.tcp_timestamps", "0"); // or the freeze counts as a round trip
    lab.remote().ip("route add 192.0.2.0/31 dev vr rto_min 5ms");
    lab.remote().ip("-6 route add 2001:db8::/126 dev vr rto_min 5ms");
  }

  /** What deafness is for: this is what the test above would find without it. */
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
      var freeze = new SocketFreeze(sockets, half, new Deafness());
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

  /** A peer that sends as fast as it can, from a thread of its own. */
  private static final class Hammer implements AutoCloseable {
    private final StreamEnd peer;
    private final AtomicBoolean stop = new AtomicBoolean();
    private final Thread thread;

    Hammer(StreamEnd peer) {
      this.peer = peer;
      thread = Thread.ofPlatform().start(this::run);
    }

    private void run() {
      while (!stop.get()) {
        if (peer.offer(CHUNK) == 0) {
          Thread.onSpinWait();
        }
      }
    }

    /** Reads until the connection has carried more. */
    void awaitProgress(StreamEnd reader) {
      long goal = reader.read() + HAMMERED;
      Await.until(
          "the stream to go on",
          StreamEnd.SOON,
          () -> {
            reader.readAvailable();
            return reader.read() >= goal;
          });
    }

    @Override
    public void close() {
      stop.set(true);
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError(e);
      }
    }
  }

  private static long acknowledged(MigratedConnection connection) {
    return connection.peer().written() - connection.peer().unacknowledged();
  }
}
