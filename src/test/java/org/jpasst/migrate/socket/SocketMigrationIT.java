package org.jpasst.migrate.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.migrate.socket.MigratedConnection.Family;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.TcpState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A socket is frozen, dumped, closed, and made anew: the peer must not notice. */
@LabTest
final class SocketMigrationIT {
  private static final int SMALL = 5_000;
  private static final int LARGE = 12 << 20;

  private Lab lab;

  /**
   * What is migrated.
   *
   * @param there bytes that we have written and the peer hasn't acknowledged
   * @param back bytes that the peer has sent and we haven't read
   */
  record Situation(Family family, TcpState state, int there, int back) {}

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
              all.add(new Situation(family, state, there, back));
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
    try (var connection = reach(situation)) {
      SocketRecord.Dumped dumped = connection.takeAway();
      assertThat(dumped.state()).isEqualTo(situation.state());
      assertThat(dumped.fields().sndq()).isEqualTo(situation.there());
      assertThat(dumped.fields().rcvq()).isEqualTo(situation.back());
      connection.bringBack(dumped);
      goesOnToTheEnd(connection, dumped.state());
    }
  }

  private MigratedConnection reach(Situation situation) {
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
    if (situation.state() != TcpState.FIN_WAIT2) {
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
