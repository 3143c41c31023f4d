package org.jpasst.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.ForwardRule;
import org.jpasst.log.LogLevel;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators by hand at the socket. */
final class ControlSocketTest {
  @TempDir Path directory;
  private ControlBed bed;
  private SocketChannel client;

  @BeforeEach
  void start() throws IOException {
    bed = new ControlBed(directory);
    client = bed.connect();
  }

  @AfterEach
  void end() throws IOException {
    client.close();
    bed.close();
    assertThat(Files.exists(bed.path)).as("the socket's file").isFalse();
    assertThat(bed.host.counters.value(Counter.LOOP_FAILURES)).isZero();
  }

  private JsonObject ask(String request) throws IOException {
    return JsonParser.parseString(bed.ask(client, request)).getAsJsonObject();
  }

  private static String forward(String verb, String... specs) {
    List<String> rules = new ArrayList<>();
    for (String spec : specs) {
      String[] words = spec.split(" ");
      rules.add("{\"protocol\":\"%s\",\"spec\":\"%s\"}".formatted(words[0], words[1]));
    }
    return "{\"command\":\"forward %s\",\"rules\":[%s]}".formatted(verb, String.join(",", rules));
  }

  private static List<String> results(JsonObject answer) {
    return answer.getAsJsonArray("results").asList().stream()
        .map(each -> each.getAsJsonObject().get("result").getAsString())
        .toList();
  }

  private static int freePort() throws IOException {
    try (var free = new ServerSocket(0)) {
      return free.getLocalPort();
    }
  }

  @Test
  void onlyTheOwnerHasAccessToTheSocket() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(bed.path)))
        .isEqualTo("rw-------");
  }

  @Test
  void answersBeginWithTheResultAndTellTheVersion() throws IOException {
    assertThat(bed.ask(client, "{\"command\":\"migrate resume\",\"version\":1}"))
        .isEqualTo("{\"ok\":true,\"version\":1}\n");
    assertThat(bed.ask(client, "{\"command\":\"fly\"}"))
        .startsWith("{\"error\":\"no command that is known here: ")
        .endsWith("\"errno\":22,\"version\":1}\n");
    assertThat(ask("{\"command\":\"stats\",\"version\":2}").get("errno").getAsInt()).isEqualTo(93);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "flows",
        "[]",
        "{\"command\":\"flows\"",
        "{\"command\":\"flows\"} {}",
        "{command:flows}",
        "{'command':'flows'}",
        "{\"command\":7}",
        "{\"command\":[\"flows\"]}",
        "{\"command\":null}",
        "{\"command\":\"flows\",\"from\":-1}",
        "{\"command\":\"flows\",\"from\":\"0\"}",
        "{\"command\":\"flows\",\"limit\":1e999999999}",
        "{\"command\":\"flows\",\"limit\":0}",
        "{\"command\":\"flows\",\"limit\":257}",
        "{\"command\":\"flows\",\"form\":1}",
        "{\"command\":\"stats\",\"version\":\"1\"}",
        "{\"command\":\"stats\",\"path\":\"/\"}",
        "{\"command\":\"pcap start\"}",
        "{\"command\":\"pcap start\",\"path\":1}",
        "{\"command\":\"pcap start\",\"path\":\"/nowhere/at/all\"}",
        "{\"command\":\"pcap stop\"}",
        "{\"command\":\"log level\",\"level\":\"loud\"}",
        "{\"command\":\"log level\",\"level\":{}}",
        "{\"command\":\"migrate cache\",\"kind\":\"udp\"}",
        "{\"command\":\"migrate cache\",\"kind\":\"tcp\",\"choice\":\"on\"}",
        "{\"command\":\"migrate cache\",\"kind\":\"udp\",\"choice\":\"never\"}",
        "{\"command\":\"forward add\"}",
        "{\"command\":\"forward add\",\"rules\":{}}",
        "{\"command\":\"forward add\",\"rules\":[]}",
        "{\"command\":\"forward add\",\"rules\":[7]}",
        "{\"command\":\"forward add\",\"rules\":[{\"protocol\":\"tcp\"}]}",
        "{\"command\":\"forward add\",\"rules\":[{\"protocol\":\"tcp\",\"spec\":22}]}",
        "{\"command\":\"forward add\",\"rules\":[{\"protocol\":\"sctp\",\"spec\":\"22\"}]}",
        "{\"command\":\"forward add\",\"rules\":[{\"protocol\":\"tcp\",\"spec\":\"none\"}]}",
        "{\"command\":\"forward add\",\"rules\":[{\"protocol\":\"tcp\",\"spec\":\"22:x\"}]}",
        "{\"command\":\"forward"
            + " add\",\"rules\":[{\"protocol\":\"tcp\",\"spec\":\"22\",\"x\":\"\"}]}"
      })
  void whatMakesNoSenseIsAnErrorAndNothingElseHappens(String request) throws IOException {
    JsonObject answer = ask(request);
    assertThat(answer.has("error")).as("%s", answer).isTrue();
    assertThat(answer.get("errno").getAsInt()).isPositive();
    assertThat(bed.stack.forwards().rules()).isEmpty();
    assertThat(bed.run.capture().isOn()).isFalse();
    assertThat(bed.log.level()).isEqualTo(LogLevel.INFO);
    assertThat(ask("{\"command\":\"stats\"}").get("ok").getAsBoolean()).isTrue();
  }

  @Test
  void nestingIsNotFollowedForEver() throws IOException {
    String deep = "[".repeat(30_000);
    assertThat(ask("{\"command\":" + deep).has("error")).isTrue();
  }

  @Test
  void aRequestThatIsTooLongIsToldAndTheOperatorHungUpOn() throws IOException {
    String half = "{\"command\":\"" + "x".repeat(Request.MAX_LENGTH);
    bed.send(client, half);
    assertThat(bed.read(client)).contains("EMSGSIZE");
    assertThat(ControlBed.isAtEnd(client)).isTrue();
    client = bed.connect();
    assertThat(ask("{\"command\":\"stats\"}").has("ok")).isTrue();
  }

  @Test
  void requestsThatComeTogetherAreAnsweredInTheirOrder() throws IOException {
    bed.send(client, "{\"command\":\"log level\"}\n{}\n{\"command\":\"forward list\"}\n");
    bed.host.settle();
    assertThat(bed.read(client).lines())
        .satisfiesExactly(
            first -> assertThat(first).contains("\"level\":\"info\""),
            second -> assertThat(second).contains("error"),
            third -> assertThat(third).contains("\"rules\":[]"));
  }

  @Test
  void aHalfSentRequestIsWaitedForSomeSecondsOnly() throws IOException {
    bed.send(client, "{\"command\":\"quit\"");
    wait(9);
    bed.send(client, "}");
    wait(2);
    assertThat(ControlBed.isAtEnd(client)).isTrue();
    assertThat(bed.messages).anyMatch(each -> each.contains("more than 10 s"));
  }

  @Test
  void anIdleOperatorStays() throws IOException {
    assertThat(ask("{\"command\":\"stats\"}").has("ok")).isTrue();
    wait(3600);
    assertThat(ask("{\"command\":\"stats\"}").get("uptime").getAsInt()).isEqualTo(3600);
  }

  @Test
  void anOperatorThatDoesNotReadIsHungUpOnAndHoldsUpNobody() throws IOException {
    String request = "{\"command\":\"stats\"}\n";
    ByteBuffer many = ByteBuffer.wrap(request.repeat(100_000).getBytes());
    long taken = -1;
    while (many.position() != taken) {
      taken = many.position();
      client.write(many);
      bed.host.settle();
    }
    assertThat(many.hasRemaining()).as("requests that aren't taken any more").isTrue();
    try (SocketChannel other = bed.connect()) {
      assertThat(bed.ask(other, "{\"command\":\"stats\"}")).startsWith("{\"ok\"");
    }
    wait(11);
    assertThat(bed.read(client)).contains("\"ok\"");
    assertThat(ControlBed.isAtEnd(client)).isTrue();
  }

  private void wait(int seconds) {
    bed.host.advance(seconds, TimeUnit.SECONDS);
    bed.host.loop.turn(0);
    bed.host.settle();
  }

  @Test
  void moreOperatorsThanThereIsRoomForAreToldSo() throws IOException {
    List<SocketChannel> all = new ArrayList<>();
    for (int i = 1; i < ControlSocket.MAX_CONNECTIONS; i++) {
      all.add(bed.connect());
    }
    try (SocketChannel tooMany = bed.connect()) {
      assertThat(bed.read(tooMany)).contains("EBUSY");
      assertThat(ControlBed.isAtEnd(tooMany)).isTrue();
    }
    assertThat(bed.ask(all.getLast(), "{\"command\":\"stats\"}")).startsWith("{\"ok\"");
    for (SocketChannel each : all) {
      each.close();
    }
    bed.host.settle();
    try (SocketChannel next = bed.connect()) {
      assertThat(bed.ask(next, "{\"command\":\"stats\"}")).startsWith("{\"ok\"");
    }
  }

  @Test
  void rulesAreAddedKeptDeletedAndReplaced() throws IOException {
    int first = freePort();
    int second = freePort();
    String one = "tcp 127.0.0.1/" + first;
    String two = "udp 127.0.0.1/" + second + ":53";
    assertThat(results(ask(forward("add", one, two)))).containsExactly("added", "added");
    assertThat(results(ask(forward("add", one)))).containsExactly("kept");
    assertThat(bed.stack.forwards().rules()).hasSize(2);
    JsonObject list = ask("{\"command\":\"forward list\"}");
    JsonObject shown = list.getAsJsonArray("rules").get(1).getAsJsonObject();
    assertThat(shown.get("spec").getAsString()).isEqualTo("127.0.0.1/" + second + ":53");
    assertThat(shown.get("open").getAsInt()).isEqualTo(1);

    JsonObject refused = ask(forward("delete", one, "tcp 127.0.0.1/1"));
    assertThat(results(refused)).containsExactly("unchanged", "not found");
    assertThat(refused.get("errno").getAsInt()).isEqualTo(2);
    assertThat(bed.stack.forwards().rules()).hasSize(2);

    assertThat(results(ask(forward("replace", two)))).containsExactly("kept", "deleted");
    assertThat(bed.stack.forwards().rules()).extracting(ForwardRule::first).containsExactly(second);
    assertThat(results(ask(forward("delete", two)))).containsExactly("deleted");
    assertThat(results(ask(forward("add", one)))).containsExactly("added");
    assertThat(results(ask("{\"command\":\"forward clear\"}"))).containsExactly("deleted");
    assertThat(bed.stack.forwards().rules()).isEmpty();
  }

  @Test
  void aRuleThatCannotBeHadLeavesTheTable() throws IOException {
    String one = "tcp 127.0.0.1/" + freePort();
    assertThat(results(ask(forward("add", one)))).containsExactly("added");
    List<ForwardRule> before = bed.stack.forwards().rules();
    try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String busy = "tcp 127.0.0.1/" + taken.getLocalPort();
      JsonObject answer = ask(forward("replace", "udp 127.0.0.1/" + freePort(), busy));
      assertThat(results(answer)).containsExactly("unchanged", "failed", "unchanged");
      assertThat(answer.get("error").getAsString()).contains("cannot listen on TCP", "EADDRINUSE");
      assertThat(answer.get("errno").getAsInt()).isEqualTo(98);
    }
    JsonObject conflict = ask(forward("add", one + ":1"));
    assertThat(results(conflict)).containsExactly("failed");
    assertThat(conflict.get("error").getAsString()).contains("wants the same ports");
    assertThat(bed.stack.forwards().rules()).isEqualTo(before);
  }

  @Test
  void rulesStayAsTheyAreWhileAStateIsSaved() throws IOException {
    Path state = directory.resolve("state");
    assertThat(ask("{\"command\":\"migrate save\",\"path\":\"%s\"}".formatted(state)).has("ok"))
        .isTrue();
    String rule = "tcp 127.0.0.1/" + freePort();
    assertThat(ask(forward("add", rule)).get("error").getAsString()).contains("EBUSY");
    assertThat(ask("{\"command\":\"flows\"}").has("ok")).isTrue();
    assertThat(ask("{\"command\":\"migrate cancel\"}").has("ok")).isTrue();
    assertThat(results(ask(forward("add", rule)))).containsExactly("added");
  }

  @ParameterizedTest
  @CsvSource({"error,ERROR", "warning,WARNING", "info,INFO", "debug,DEBUG", "trace,TRACE"})
  void theLogsLevelIsToldAndChanged(String name, LogLevel level) throws IOException {
    JsonObject answer = ask("{\"command\":\"log level\",\"level\":\"" + name + "\"}");
    assertThat(answer.get("level").getAsString()).isEqualTo(name);
    assertThat(bed.log.level()).isEqualTo(level);
    answer = ask("{\"command\":\"log level\"}");
    assertThat(answer.get("level").getAsString()).isEqualTo(name);
  }

  @Test
  void aRunWithoutAPacketCacheSaysSoAndIsntGivenOne() throws IOException {
    JsonObject answer = ask("{\"command\":\"migrate cache\"}");
    assertThat(answer.get("limit").getAsInt()).isZero();
    for (JsonElement each : answer.getAsJsonArray("kinds")) {
      assertThat(each.getAsJsonObject().get("cached").getAsBoolean()).isFalse();
    }
    String on = "{\"command\":\"migrate cache\",\"kind\":\"udp\",\"choice\":\"on\"}";
    assertThat(ask(on).get("error").getAsString()).contains("--packet-cache off", "EOPNOTSUPP");
  }

  @Test
  void aCaptureBeginsAndEndsAndThereIsOneOnly() throws IOException {
    Path file = directory.resolve("c.pcap");
    String start = "{\"command\":\"pcap start\",\"path\":\"" + file + "\"}";
    long descriptors = ControlBed.descriptors();
    assertThat(ask(start).has("ok")).isTrue();
    assertThat(bed.run.capture().isOn()).isTrue();
    assertThat(ask(start).get("error").getAsString()).contains("EBUSY");
    JsonObject end = ask("{\"command\":\"pcap stop\"}");
    assertThat(end.get("frames").getAsInt()).isZero();
    assertThat(end.get("complete").getAsBoolean()).isTrue();
    assertThat(file).hasSize(24);
    assertThat(ControlBed.descriptors()).isLessThanOrEqualTo(descriptors);
  }

  @Test
  void aCaptureGoesToNothingThatCouldMakeTheGuestWait() throws Exception {
    Path pipe = directory.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    String start = "{\"command\":\"pcap start\",\"path\":\"" + pipe + "\"}";
    assertThat(ask(start).get("error").getAsString()).contains("ENXIO");
  }

  @Test
  void flowsComeInPartsWithWhatTheyHaveCarried() throws IOException {
    int flows = FlowsCommand.MOST + 10;
    var guest = new DatagramSender(bed);
    for (int i = 0; i < flows; i++) {
      guest.send(10_000 + i, 100);
    }
    guest.send(10_000, 50);
    bed.host.advance(1500, TimeUnit.MILLISECONDS);
    bed.host.loop.turn(0);
    JsonObject first = ask("{\"command\":\"flows\"}");
    assertThat(first.getAsJsonArray("flows")).hasSize(FlowsCommand.MOST);
    int next = first.get("next").getAsInt();
    JsonObject rest = ask("{\"command\":\"flows\",\"from\":" + next + "}");
    assertThat(rest.getAsJsonArray("flows")).hasSize(10);
    assertThat(rest.has("next")).isFalse();
    JsonObject flow = first.getAsJsonArray("flows").get(0).getAsJsonObject();
    assertThat(flow.get("type").getAsString()).isEqualTo("udp");
    assertThat(flow.get("state").getAsString()).isEqualTo("unanswered");
    assertThat(flow.get("opened_by").getAsString()).isEqualTo("guest");
    assertThat(flow.getAsJsonObject("guest").get("endpoint").getAsString())
        .isEqualTo("192.0.2.15:10000");
    assertThat(flow.getAsJsonObject("guest").get("own").getAsString())
        .isEqualTo("192.0.2.2:" + guest.port());
    assertThat(flow.getAsJsonObject("host").get("endpoint").getAsString())
        .isEqualTo("127.0.0.1:" + guest.port());
    assertThat(flow.get("age").getAsDouble()).isEqualTo(1.5);
    assertThat(flow.get("bytes_from_guest").getAsInt()).isEqualTo(150);
    assertThat(flow.get("bytes_to_guest").getAsInt()).isZero();
    JsonObject udp = ask("{\"command\":\"stats\"}").getAsJsonObject("flows").getAsJsonObject("udp");
    assertThat(udp.get("live").getAsInt()).isEqualTo(flows);
    assertThat(udp.get("bytes_from_guest").getAsInt()).isEqualTo(flows * 100 + 50);
    bed.stack.udp().migration().forget();
    udp = ask("{\"command\":\"stats\"}").getAsJsonObject("flows").getAsJsonObject("udp");
    assertThat(udp.get("live").getAsInt()).isZero();
    assertThat(udp.get("opened").getAsInt()).isEqualTo(flows);
    assertThat(udp.get("bytes_from_guest").getAsInt()).isEqualTo(flows * 100 + 50);
    guest.close();
  }
}
