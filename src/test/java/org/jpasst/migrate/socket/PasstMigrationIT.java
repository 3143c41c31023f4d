package org.jpasst.migrate.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.StateFrontEnd;
import org.jpasst.migrate.socket.SocketMigrationIT.Situation;
import org.jpasst.migrate.stream.FlowEvent;
import org.jpasst.migrate.stream.FlowRecord;
import org.jpasst.migrate.stream.FlowSideRecord;
import org.jpasst.migrate.stream.GuestTcpRecord;
import org.jpasst.migrate.stream.ObservedAddresses;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.StateStream;
import org.jpasst.migrate.stream.StreamHeader;
import org.jpasst.migrate.stream.TcpState;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sockets go from us to the real passt, with our helper, and back from it to us. */
@LabTest
final class PasstMigrationIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int MOST = 5_000;
  private static final int GUEST_PORT = 40_000;

  private Lab lab;

  @BeforeEach
  void setUp() {
    lab = Lab.open();
  }

  @AfterEach
  void tearDown() {
    lab.close();
  }

  static List<Situation> situations() {
    return SocketMigrationIT.situations().stream()
        .filter(each -> each.there() <= MOST && each.there() == each.back())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("situations")
  void passtGoesOnWithWhatWeHaveDumped(Situation situation) throws Exception {
    try (BackEnd passt = start();
        var connection = SocketMigrationIT.reach(lab, situation);
        var frontEnd = new StateFrontEnd(passt.socket())) {
      SocketRecord.Dumped dumped = connection.takeAway();
      load(passt, frontEnd, connection, situation, dumped);
      connection.mend();
      connection.peer().readAll(connection.ours());
      if (situation.state().finSent()) {
        connection.peer().awaitEnd();
      }
      assertThat(connection.peer().isReset()).isFalse();
    }
  }

  /** The path stays cut meanwhile, so that passt has the same to tell as we had. */
  @ParameterizedTest
  @MethodSource("situations")
  void weGoOnWithWhatPasstHasDumped(Situation situation) throws Exception {
    try (var connection = SocketMigrationIT.reach(lab, situation);
        Arena arena = Arena.ofConfined()) {
      SocketRecord.Dumped dumped = connection.takeAway();
      var saved = new ArrayList<StateStream>();
      try (BackEnd passt = start();
          var frontEnd = new StateFrontEnd(passt.socket())) {
        load(passt, frontEnd, connection, situation, dumped);
        try (LabProcess helper = helper(passt)) {
          long result = frontEnd.saveTo(channel -> saved.add(StateStream.read(channel, arena)));
          assertThat(result).isZero();
          assertThat(helper.awaitExit(SOON)).isZero();
        }
      }
      var back = (SocketRecord.Dumped) saved.getFirst().sockets().getFirst();
      assertThat(back.fields().sndq()).isEqualTo(situation.there());
      assertThat(back.fields().rcvq()).isEqualTo(situation.back());
      assertThat(back.fields().firstToSend()).isEqualTo(dumped.fields().firstToSend());
      connection.bringBack(back);
      SocketMigrationIT.goesOnToTheEnd(connection, situation.state());
    }
  }

  private BackEnd start() {
    return BackEnd.start(lab, BackEndProgram.real(), List.of("--vhost-user"));
  }

  private void load(
      BackEnd passt,
      StateFrontEnd frontEnd,
      MigratedConnection connection,
      Situation situation,
      SocketRecord.Dumped dumped)
      throws IOException {
    FlowRecord flow = flow(connection, situation.state());
    var stream =
        new StateStream(
            StreamHeader.CURRENT, addresses(), List.of(flow), List.of(dumped), List.of());
    try (LabProcess helper = helper(passt)) {
      assertThat(frontEnd.loadFrom(stream::write)).isZero();
      assertThat(helper.awaitExit(SOON)).isZero();
    }
  }

  private LabProcess helper(BackEnd passt) {
    int lines = passt.process().lineCount();
    Path program = Path.of("target/jpasst/bin/passt-repair").toAbsolutePath();
    LabProcess helper =
        lab.host()
            .start(List.of(program.toString(), passt.socket() + ".repair"), BackEnd.environment());
    passt.process().awaitLine(lines, "(?i)repair helper", SOON);
    return helper;
  }

  private static ObservedAddresses addresses() {
    return new ObservedAddresses(
        IpAddress.parse(Lab.HOST6).orElseThrow(),
        IpAddress.ANY6,
        IpAddress.parse(Lab.HOST4).orElseThrow(),
        MacAddress.parse("52:54:00:12:34:56").orElseThrow());
  }

  private static FlowRecord flow(MigratedConnection connection, TcpState state) {
    int events = FlowEvent.ESTABLISHED.bit();
    if (state.finReceived()) {
      events |= FlowEvent.SOCK_FIN_RCVD.bit();
    }
    if (state.finSent()) {
      events |= FlowEvent.TAP_FIN_RCVD.bit() | FlowEvent.SOCK_FIN_SENT.bit();
    }
    var guest = new Endpoint(connection.local().address(), GUEST_PORT);
    return new FlowRecord(
        true,
        new FlowSideRecord(connection.remote(), guest),
        new FlowSideRecord(connection.local(), connection.remote()),
        new GuestTcpRecord(0, 7, 8, events, 1460, 270, 0, 0, 502, 256, 1000, 1000, 2000, 2000, 1));
  }
}
