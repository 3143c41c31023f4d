package org.jpasst.migrate.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.linux.TcpInfo;
import org.jpasst.migrate.socket.MigratedConnection.Family;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.TcpState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A socket is frozen, dumped, closed, and made anew: the peer must not notice. */
@LabTest
final class SocketMigrationIT {
  private static final int SMALL = 5_000;
  private static final int LARGE = 12 << 20;

  /** What the kernel keeps free for them, in the size that it tells, used or not. */
  private static final int TIMESTAMPS = 12;

  private Lab lab;

  /**
   * What is migrated.
   *
   * @param lost whether what we send is lost; else it arrives and its acknowledgement is lost
   * @param there bytes that we have written and the peer hasn't acknowledged
   * @param back bytes that the peer has sent and we haven't read
   */
  record Situation(Family family, TcpState state, boolean lost, int there, int back) {}

  static List<Situation> situations() {
    var all = new ArrayList<Situation>();
    for (Family family : Family.values()) {
      for (TcpState state : TcpState.values()) {
        if (state == TcpState.CLOSE) {
          continue; // there is nothing to be migrated
        }
        for (int there : new int[] {0, SMALL, LARGE}) {
          for (int back : new int[] {0, SMALL, LARGE}) {
            if (state != TcpState.FIN_WAIT2 || there == 0) {
              all.add(new Situation(family, state, true, there, back));
            }
            // In the others the peer hasn't got our FIN, or has sent its own after that.
            if (state != TcpState.FIN_WAIT2 && state != TcpState.CLOSING) {
              all.add(new Situation(family, state, false, there, back));
            }
          }
        }
      }
    }
    return all;
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
  @MethodSource("situations")
  void everyByteArrivesOnceAndBothEndsSeeTheEnd(Situation situation) throws Exception {
    try (var connection = reach(lab, situation)) {
      SocketRecord.Dumped dumped = connection.takeAway();
      assertThat(connection.isFinReceived()).isEqualTo(situation.state().finReceived());
      assertThat(dumped.fields().sndq()).isEqualTo(situation.there());
      assertThat(dumped.fields().rcvq()).isEqualTo(situation.back());
      connection.bringBack(dumped);
      goesOnToTheEnd(connection, situation.state());
    }
  }

  @ParameterizedTest
  @MethodSource("optionsOfTheHandshake")
  void segmentSizeScalesAndOptionsAreAsBefore(Family family, String without) throws Exception {
    for (String each : without.split(" ")) {
      lab.remote().sysctl("net.ipv4.tcp_" + each, "0");
    }
    try (var connection = MigratedConnection.connect(lab, family)) {
      List<Integer> before = negotiated(connection.ours());
      int segment = connection.ours().info().sendMss();
      connection.bringBack(connection.takeAway());
      assertThat(negotiated(connection.ours())).isEqualTo(before);
      assertThat(connection.ours().info().sendMss()).isBetween(segment - TIMESTAMPS, segment);
      goesOnToTheEnd(connection, TcpState.ESTABLISHED);
    }
  }

  /**
   * What a peer sends.
   *
   * @param parts bytes before, between and behind urgent bytes
   */
  record Urgent(Family family, List<Integer> parts, boolean closed) {}

  static List<Urgent> urgent() {
    return Stream.of(Family.values())
        .flatMap(
            family ->
                Stream.of(
                        List.of(3, 3),
                        List.of(0, 3),
                        List.of(3, 0),
                        List.of(0, 0),
                        List.of(2_000, 2_000, 2_000),
                        List.of(100_000, 0, 0, 1, 100_000))
                    .flatMap(
                        parts ->
                            Stream.of(
                                new Urgent(family, parts, false), new Urgent(family, parts, true))))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("urgent")
  void whatIsBehindAnUrgentByteMovesToo(Urgent urgent) throws Exception {
    try (var connection = MigratedConnection.connect(lab, urgent.family(), 1 << 20)) {
      int bytes = send(connection, urgent);
      SocketRecord.Dumped dumped = connection.takeAway();
      assertThat(dumped.fields().rcvq()).isEqualTo(bytes);
      connection.bringBack(dumped);
      goesOnToTheEnd(connection, urgent.closed() ? TcpState.CLOSE_WAIT : TcpState.ESTABLISHED);
    }
  }

  /** Sends it, and waits until it is there; tells how many bytes it is. */
  static int send(MigratedConnection connection, Urgent urgent) {
    StreamEnd ours = connection.ours();
    StreamEnd peer = connection.peer();
    ours.keepUrgentInLine();
    peer.write(urgent.parts().getFirst());
    for (int part : urgent.parts().subList(1, urgent.parts().size())) {
      peer.writeUrgent();
      peer.write(part);
    }
    ours.awaitUnread((int) peer.written());
    if (urgent.closed()) {
      peer.shutdown();
      ours.awaitState(TcpState.CLOSE_WAIT.code());
    }
    return (int) peer.written();
  }

  static List<Arguments> optionsOfTheHandshake() {
    return Stream.of(Family.values())
        .flatMap(
            family ->
                Stream.of(
                        "ecn",
                        "timestamps",
                        "sack",
                        "window_scaling",
                        "timestamps sack window_scaling")
                    .map(without -> Arguments.of(family, without)))
        .toList();
  }

  private static List<Integer> negotiated(StreamEnd end) {
    TcpInfo info = end.info();
    int options = info.options() & (TcpInfo.OPTION_TIMESTAMPS | TcpInfo.OPTION_SACK);
    return List.of(options, info.sendWindowScale(), info.receiveWindowScale());
  }

  static MigratedConnection reach(Lab lab, Situation situation) {
    var connection = MigratedConnection.connect(lab, situation.family(), 2 * LARGE);
    StreamEnd ours = connection.ours();
    StreamEnd peer = connection.peer();
    ours.write(101);
    peer.readAll(ours);
    peer.write(1_001);
    ours.readAll(peer);
    peer.write(situation.back());
    ours.awaitUnread(situation.back());
    boolean closeFirst =
        situation.state() == TcpState.CLOSE_WAIT || situation.state() == TcpState.LAST_ACK;
    if (closeFirst) {
      peer.shutdown();
      ours.awaitState(TcpState.CLOSE_WAIT.code());
    }
    if (!situation.lost()) {
      connection.cutBack();
    } else if (situation.state() != TcpState.FIN_WAIT2) {
      connection.cutThere();
    }
    ours.write(situation.there());
    if (situation.state().finPending() || situation.state() == TcpState.FIN_WAIT2) {
      ours.shutdown();
    }
    if (situation.state() == TcpState.CLOSING) {
      peer.shutdown();
    }
    ours.awaitState(situation.state().code());
    return connection;
  }

  static void goesOnToTheEnd(MigratedConnection connection, TcpState state) {
    StreamEnd ours = connection.ours();
    StreamEnd peer = connection.peer();
    ours.readAll(peer);
    peer.readAll(ours);
    boolean sentFin = state.finPending() || state == TcpState.FIN_WAIT2;
    if (!sentFin) {
      ours.write(3_333);
      peer.readAll(ours);
    }
    if (sentFin) {
      peer.awaitEnd();
    }
    if (!state.finReceived()) {
      peer.write(2_222);
      ours.readAll(peer);
      peer.shutdown();
      ours.awaitEnd();
    }
    if (!sentFin) {
      ours.shutdown();
      peer.awaitEnd();
    }
    ours.awaitAcknowledged();
  }
}
