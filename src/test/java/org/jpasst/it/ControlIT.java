package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.DatagramFlow;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.OperatedGuest;
import org.jpasst.lab.Operator;
import org.jpasst.lab.RunningTraffic;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** passtctl looks at a running back-end with a guest, and changes it; one for all tests. */
@LabTest
final class ControlIT {
  private static final int PORT = KernelTraffic.PORT;
  private static final int REMOTE_PORT = 7001;
  private static final int MANY_FLOWS = 300;
  private static final int NOBODY = 65534;
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Connects to a UNIX socket and prints what comes, or why it can't. */
  private static final String CONNECT =
      """
      use IO::Socket::UNIX; $s = IO::Socket::UNIX->new(Peer => $ARGV[0]);
      print $s ? "connected: " . <$s> : "refused: $!", "\n";
      """;

  @AutoClose private static OperatedGuest bed;
  private static Lab lab;
  private static BackEnd backEnd;
  private static TapGuest guest;

  @BeforeAll
  static void start() {
    bed = OperatedGuest.start(_ -> List.of("--tcp-ports", "" + PORT, "--udp-ports", "" + PORT));
    lab = bed.lab();
    backEnd = bed.backEnd();
    guest = bed.guest();
  }

  @AfterEach
  void everythingGoesOn() {
    assertThat(backEnd.process().alive()).isTrue();
    assertThat(backEnd.process().output()).doesNotContain("Exception", "a bug");
  }

  private static Path socket() {
    return Path.of(BackEnd.controlOption(lab).getLast());
  }

  private static JsonObject json(String... words) {
    var all = new ArrayList<>(List.of("--json"));
    all.addAll(List.of(words));
    return JsonParser.parseString(BackEnd.control(lab, all.toArray(String[]::new)))
        .getAsJsonObject();
  }

  private static List<JsonObject> flows() {
    return json("flows").getAsJsonArray("flows").asList().stream()
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  @Test
  void flowsAreThoseThatTheKernelHasWithWhatTheyHaveCarried() throws Exception {
    try (ServerSocketChannel outside = TcpPair.listen(lab.remote(), "::", REMOTE_PORT);
        ServerSocketChannel inside = TcpPair.listen(guest.namespace(), "::", PORT);
        TcpPair out4 = TcpPair.connect(lab.guest(), Lab.REMOTE4, REMOTE_PORT, outside);
        TcpPair out6 = TcpPair.connect(lab.guest(), Lab.REMOTE6, REMOTE_PORT, outside);
        TcpPair in4 = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, inside);
        DatagramFlow datagrams =
            DatagramFlow.open(lab.guest(), Lab.REMOTE4, REMOTE_PORT, lab.remote())) {
      var stream = new TrafficStream(1, 3_000_000);
      stream.carry(out4.client(), out4.server(), SOON);
      in4.exchange((byte) 1);
      out6.exchange((byte) 2);
      datagrams.request(1, 1);
      datagrams.expectAtServer(1, 1);

      Await.until("flows and sockets that are the same", SOON, ControlIT::flowsAreTheSockets);
      List<JsonObject> flows = flows();
      JsonObject flow = flow(flows, "192.0.2.1:" + port(out4), "192.0.2.3:" + REMOTE_PORT);
      assertThat(flow.get("bytes_from_guest").getAsLong()).isEqualTo(3_000_000);
      assertThat(flow.get("bytes_to_guest").getAsLong()).isZero();
      assertThat(flow.get("state").getAsString()).isEqualTo("guest-closed");
      assertThat(flow.get("opened_by").getAsString()).isEqualTo("guest");
      assertThat(flow.get("age").getAsDouble()).isPositive();
      JsonObject inbound = flow(flows, "192.0.2.1:" + PORT, clientOf(in4));
      assertThat(inbound.get("opened_by").getAsString()).isEqualTo("host");
      assertThat(inbound.get("state").getAsString()).isEqualTo("established");
      assertThat(inbound.get("bytes_from_guest").getAsLong()).isEqualTo(1);
      Await.until(
          "the guest's acknowledgment",
          SOON,
          () ->
              flow(flows(), "192.0.2.1:" + PORT, clientOf(in4)).get("bytes_to_guest").getAsLong()
                  == 1);
      assertThat(flows)
          .anyMatch(
              each ->
                  is(each, "type", "udp")
                      && is(each, "state", "answered")
                      && is(each, "bytes_from_guest", "128")
                      && is(each, "bytes_to_guest", "64"));

      String table = BackEnd.control(lab, "flows");
      assertThat(table).containsPattern("tcp +guest-closed +[0-9hms]+ +3.00M +0 +192.0.2.1:");
      JsonObject stats = json("stats");
      assertThat(stats.getAsJsonObject("flows").getAsJsonObject("tcp").get("live").getAsInt())
          .isGreaterThanOrEqualTo(3);
      assertThat(stats.getAsJsonObject("counters").get("frames.from_guest").getAsLong())
          .isGreaterThan(2000);
      assertThat(BackEnd.control(lab, "stats"))
          .containsPattern("tcp +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+")
          .containsPattern("frames.from_guest +[0-9]+ +frames taken from the guest");
    }
  }

  private static String clientOf(TcpPair pair) {
    try {
      return pair.client().getLocalAddress().toString().substring(1);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static int port(TcpPair pair) throws IOException {
    return ((InetSocketAddress) pair.client().getLocalAddress()).getPort();
  }

  private static boolean is(JsonObject flow, String member, String value) {
    return flow.get(member).getAsString().equals(value);
  }

  private static JsonObject flow(List<JsonObject> flows, String endpoint, String own) {
    return flows.stream()
        .filter(each -> is(each.getAsJsonObject("guest"), "endpoint", endpoint))
        .filter(each -> is(each.getAsJsonObject("guest"), "own", own))
        .findFirst()
        .orElseThrow(() -> new AssertionError(endpoint + " and " + own + " in " + flows));
  }

  private static String hostSide(JsonObject flow) {
    JsonObject host = flow.getAsJsonObject("host");
    return host.get("own").getAsString() + " " + host.get("endpoint").getAsString();
  }

  private static boolean flowsAreTheSockets() {
    List<JsonObject> flows = flows();
    return List.of("tcp", "udp").stream()
        .allMatch(
            type ->
                flows.stream()
                    .filter(each -> is(each, "type", type))
                    .map(ControlIT::hostSide)
                    .collect(Collectors.toSet())
                    .equals(sockets("-" + type.charAt(0))));
  }

  /** The connected sockets of the host's namespace, both addresses of each. */
  private static Set<String> sockets(String protocol) {
    String all = lab.host().run("ss", "-Hna", protocol, "state", "connected");
    // Columns, for one protocol: state, receive queue, send queue, local, peer.
    return all.lines()
        .filter(each -> !each.startsWith("TIME-WAIT"))
        .map(each -> each.replaceAll("\\[::ffff:([0-9.]+)\\]", "$1").strip().split("\\s+"))
        .map(each -> each[3] + " " + each[4])
        .collect(Collectors.toSet());
  }

  @Test
  void moreFlowsThanOneAnswerHoldsAreListed() throws Exception {
    try (DatagramChannel client = lab.guest().call(DatagramChannel::open)) {
      for (int i = 0; i < MANY_FLOWS; i++) {
        client.send(ByteBuffer.allocate(9), new InetSocketAddress(Lab.REMOTE4, 20_000 + i));
      }
      Await.until("all flows", SOON, () -> countTo(20_000) == MANY_FLOWS);
    }
  }

  private static long countTo(int firstPort) {
    return flows().stream()
        .map(each -> each.getAsJsonObject("host").get("endpoint").getAsString())
        .map(each -> Integer.parseInt(each.substring(each.lastIndexOf(':') + 1)))
        .filter(port -> port >= firstPort && port < firstPort + MANY_FLOWS)
        .count();
  }

  @Test
  void rulesChangeUnderLoadAndFlowsGoOn() throws Exception {
    String rule = "5002";
    var stream = new TrafficStream(2, Long.MAX_VALUE);
    try (ServerSocketChannel inside = TcpPair.listen(guest.namespace(), "::", PORT);
        ServerSocketChannel other = TcpPair.listen(guest.namespace(), "::", 5002);
        TcpPair busy = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, inside)) {
      RunningTraffic.sending(stream, busy.client());
      RunningTraffic receiving = RunningTraffic.receiving(stream, busy.server());
      receiving.awaitProgress(1 << 20);
      assertThatThrownBy(() -> TcpPair.connect(lab.remote(), Lab.HOST4, 5002))
          .isInstanceOf(ConnectException.class);

      assertThat(BackEnd.control(lab, "forward", "add", "tcp", rule, "udp", "5003:53"))
          .containsPattern("added +tcp +5002 +TCP \\[\\*\\]:5002 => 5002")
          .containsPattern("added +udp +5003:53 ");
      try (TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, 5002, other)) {
        pair.exchange((byte) 1);
      }
      assertThat(BackEnd.control(lab, "forward", "add", "tcp", rule)).contains("kept");
      try (ServerSocketChannel taken = TcpPair.listen(lab.host(), Lab.HOST4, 5004)) {
        assertThat(
                BackEnd.failingControl(lab, "forward", "replace", "tcp", "5002", "192.0.2.1/5004"))
            .contains("unchanged", "EADDRINUSE", "cannot listen on TCP [192.0.2.1]:5004");
        assertThat(taken.isOpen()).isTrue();
      }
      assertThat(BackEnd.control(lab, "forward", "list"))
          .containsPattern("tcp +5001 +1 +1 ")
          .containsPattern("tcp +5002 +1 +1 ")
          .containsPattern("udp +5003:53 +1 +1 ");
      assertThat(BackEnd.failingControl(lab, "forward", "delete", "tcp", rule, "9"))
          .contains("not found", "ENOENT");
      assertThat(BackEnd.control(lab, "forward", "delete", "tcp", rule, "udp", "5003:53"))
          .contains("deleted");
      assertThatThrownBy(() -> TcpPair.connect(lab.remote(), Lab.HOST4, 5002))
          .isInstanceOf(ConnectException.class);
      receiving.awaitProgress(1 << 20);
    }
    assertThat(json("forward", "list").getAsJsonArray("rules")).hasSize(2);
  }

  @Test
  void otherUsersAreTurnedAway() throws Exception {
    assertThat(asNobody()).contains("refused: Permission denied");
    Files.setPosixFilePermissions(socket(), PosixFilePermissions.fromString("rw-rw-rw-"));
    try {
      assertThat(asNobody())
          .contains("connected: {\"error\":\"an operator of another user is turned away: EPERM");
    } finally {
      Files.setPosixFilePermissions(socket(), PosixFilePermissions.fromString("rw-------"));
    }
    assertThat(BackEnd.control(lab, "log", "level").strip()).isEqualTo("info");
  }

  private static String asNobody() {
    String id = Integer.toString(NOBODY);
    return lab.host()
        .run(
            "setpriv",
            "--reuid",
            id,
            "--regid",
            id,
            "--clear-groups",
            "perl",
            "-e",
            CONNECT,
            socket().toString());
  }

  @Test
  void whoComesBesideEightOthersIsToldSo() throws Exception {
    List<Operator> others = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      others.add(Operator.connect(lab));
      assertThat(others.get(i).ask("stats")).startsWith("{\"ok\"");
    }
    assertThat(BackEnd.failingControl(lab, "stats")).contains("EBUSY");
    for (Operator each : others) {
      each.close();
    }
    Await.until("room again", SOON, () -> hasRoom());
  }

  private static boolean hasRoom() {
    try {
      return BackEnd.control(lab, "stats").startsWith("up ");
    } catch (AssertionError e) {
      return false;
    }
  }

  @Test
  void theLogTellsMoreWhenItIsAskedTo() throws Exception {
    int before = backEnd.process().lineCount();
    assertThat(BackEnd.control(lab, "log", "level", "debug").strip()).isEqualTo("debug");
    try (DatagramFlow flow =
        DatagramFlow.open(lab.guest(), Lab.REMOTE4, REMOTE_PORT, lab.remote())) {
      flow.exchange(1);
      backEnd.process().awaitLine(before, "opened UDP flow", SOON);
    } finally {
      assertThat(BackEnd.control(lab, "log", "level", "info").strip()).isEqualTo("info");
    }
    assertThat(BackEnd.failingControl(lab, "log", "level", "loud"))
        .contains("a level is one of error, warning, info");
  }

  @Test
  void topEndsWithQAndShowsOneViewWhereThereIsNoTerminal() throws Exception {
    assertThat(BackEnd.control(lab, "top").lines().toList())
        .anyMatch(each -> each.startsWith("passt up "))
        .anyMatch(each -> each.startsWith("from guest "));
    Path program = Path.of("target/jpasst/bin/passtctl").toAbsolutePath();
    List<String> command =
        List.of(
            "script",
            "--quiet",
            "--return",
            "--command",
            program + " -s " + socket() + " top",
            "/dev/null");
    try (LabProcess top = LabProcess.start(command, BackEnd.environment())) {
      top.awaitLine("passt up ", SOON);
      top.input().write('q');
      top.input().flush();
      assertThat(top.awaitExit(SOON)).as(top.output()).isZero();
      assertThat(top.output()).as("leaves the terminal as it was").contains("\u001b[?1049l");
    }
  }

  @Test
  void aGuestThatStandsStillIsLookedAtButItsRulesStay() throws Exception {
    Path state = lab.directory().resolve("state");
    guest.stop();
    try {
      BackEnd.control(lab, "migrate", "pause");
      BackEnd.control(lab, "flows");
      BackEnd.control(lab, "migrate", "save", state.toString());
      assertThat(BackEnd.failingControl(lab, "forward", "clear"))
          .contains("EBUSY", "state is saved");
      assertThat(json("forward", "list").getAsJsonArray("rules")).hasSize(2);
    } finally {
      BackEnd.control(lab, "migrate", "cancel");
      guest.goOn();
    }
    try (ServerSocketChannel inside = TcpPair.listen(guest.namespace(), "::", PORT);
        TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, inside)) {
      pair.exchange((byte) 1);
    }
  }

  @Test
  void aMigrationIsRehearsedWhileTheGuestGoesOnAndLeavesNothing() throws Exception {
    int before = backEnd.process().descriptors();
    BackEnd.control(lab, "log", "level", "debug");
    BackEnd.control(lab, "migrate", "prepare");
    try (ServerSocketChannel inside = TcpPair.listen(guest.namespace(), "::", PORT);
        TcpPair pair = TcpPair.connect(lab.remote(), Lab.HOST4, PORT, inside)) {
      pair.exchange((byte) 1);
    }
    backEnd.process().awaitLine("a migration was rehearsed", SOON);
    BackEnd.control(lab, "log", "level", "info");
    BackEnd.control(lab, "migrate", "prepare"); // once is enough
    assertThat(backEnd.process().hasThread("rehearsal")).isFalse();
    Await.until(
        "no more descriptors than before", SOON, () -> backEnd.process().descriptors() <= before);
  }

  @Test
  void quitEndsTheRunInOrder() {
    Path own = lab.directory().resolve("own");
    List<String> options =
        List.of("--foreground", "--socket", own + ".socket", "--control", own + ".control");
    try (LabProcess another = BackEnd.launch(lab, options)) {
      lab.host().awaitUnixListener(Path.of(own + ".control"), SOON);
      Path program = Path.of("target/jpasst/bin/passtctl").toAbsolutePath();
      List<String> quit = List.of(program.toString(), "-s", own + ".control", "quit");
      try (LabProcess ctl = LabProcess.start(quit, BackEnd.environment())) {
        assertThat(ctl.awaitExit(SOON)).as(ctl.output()).isZero();
      }
      assertThat(another.awaitExit(SOON)).as(another.output()).isZero();
      assertThat(Path.of(own + ".control")).doesNotExist();
      assertThat(Path.of(own + ".socket")).doesNotExist();
    }
  }
}
