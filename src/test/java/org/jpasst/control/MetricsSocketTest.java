package org.jpasst.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.MetricsPlace;
import org.jpasst.control.metrics.Metrics;
import org.jpasst.control.metrics.MetricsSocket;
import org.jpasst.control.metrics.OpenMetricsText;
import org.jpasst.stats.Counter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients by hand, good and hostile ones. */
final class MetricsSocketTest {
  private static final String GET = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final int MOST = 8;
  private static final int HOSTILE_CLIENTS = 200;

  @TempDir private Path directory;
  private ControlBed bed;
  private Path path;
  private MetricsSocket socket;

  @BeforeEach
  void start() throws IOException {
    bed = new ControlBed(directory);
    path = directory.resolve("metrics");
    socket = open(new MetricsPlace.Unix(path));
  }

  private MetricsSocket open(MetricsPlace place) throws IOException {
    return MetricsSocket.open(
        place, new Metrics(bed.run.parts()), bed.host.sockets, bed.host.loop, bed.log);
  }

  @AfterEach
  void end() throws IOException {
    assertThat(bed.host.counters.value(Counter.LOOP_FAILURES)).isZero();
    socket.close();
    bed.close();
    assertThat(path).doesNotExist();
  }

  private SocketChannel connect() throws IOException {
    return connect(UnixDomainSocketAddress.of(path));
  }

  private SocketChannel connect(SocketAddress to) throws IOException {
    SocketChannel client = SocketChannel.open(to);
    client.configureBlocking(false);
    bed.host.settle();
    return client;
  }

  private String exchange(String request) throws IOException {
    try (SocketChannel client = connect()) {
      bed.send(client, request);
      String answer = bed.read(client);
      assertThat(ControlBed.isAtEnd(client)).isTrue();
      return answer;
    } finally {
      bed.host.settle();
    }
  }

  private static String body(String answer) {
    assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n");
    String[] parts = answer.split("\r\n\r\n", 2);
    assertThat(parts[0]).contains("\r\nContent-Length: " + parts[1].getBytes().length + "\r\n");
    return parts[1];
  }

  @Test
  void theAnswerIsOpenMetricsWithEachCounterAndItsMeaning() throws IOException {
    bed.host.counters.add(Counter.DROP_UDP_STRAY, 42);
    bed.host.counters.add(Counter.CACHED, 3);
    String answer = exchange(GET);
    assertThat(answer).contains("\r\nContent-Type: application/openmetrics-text; version=1.0.0; ");
    OpenMetricsText read = OpenMetricsText.read(body(answer));
    assertThat(read.value("passt_drops_total{reason=\"udp.stray\"}")).isEqualTo(42);
    assertThat(read.value("passt_cache_taken_total")).isEqualTo(3);
    assertThat(read.value("passt_migrations_total{outcome=\"saved\"}")).isZero();
    for (Counter each : Counter.values()) {
      String text = each.label().substring(1).replace("\"", "\\\"");
      String family = each.id().startsWith("drop.") ? "drops" : each.id().replace('.', '_');
      assertThat(read.help("passt_" + family)).contains(text);
    }
  }

  @Test
  void flowsAreCountedByStateWithWhatTheyCarried() throws IOException {
    new DatagramSender(bed).send(10_000, 100);
    OpenMetricsText read = OpenMetricsText.read(body(exchange(GET)));
    assertThat(read.value("passt_flows{type=\"udp\",state=\"unanswered\"}")).isEqualTo(1);
    assertThat(read.value("passt_flows_opened_total{type=\"udp\"}")).isEqualTo(1);
    assertThat(read.value("passt_payload_bytes_total{type=\"udp\",direction=\"from_guest\"}"))
        .isEqualTo(100);
    bed.stack.udp().migration().forget();
  }

  @Test
  void anOperatorIsToldTheSame() throws IOException {
    try (SocketChannel client = bed.connect()) {
      String answer = bed.ask(client, "{\"command\":\"stats\",\"format\":\"openmetrics\"}");
      String text = Message.parse(answer.strip()).orElseThrow().text("openmetrics").orElseThrow();
      assertThat(OpenMetricsText.read(text).value("passt_uptime_seconds")).isZero();
      assertThat(bed.ask(client, "{\"command\":\"stats\",\"format\":\"xml\"}")).contains("EINVAL");
    }
  }

  @Test
  void savedAndLoadedStatesAreCounted() throws IOException {
    Path state = directory.resolve("state");
    try (SocketChannel client = bed.connect()) {
      bed.ask(client, "{\"command\":\"migrate save\",\"path\":\"" + state + "\"}");
      OpenMetricsText saved = OpenMetricsText.read(body(exchange(GET)));
      assertThat(saved.value("passt_migrations_total{outcome=\"saved\"}")).isEqualTo(1);
      assertThat(saved.value("passt_migration_saved")).isEqualTo(1);
      bed.ask(client, "{\"command\":\"migrate cancel\"}");
      Files.writeString(state, "no state");
      bed.ask(client, "{\"command\":\"migrate load\",\"path\":\"" + state + "\"}");
      bed.host.advance(1, TimeUnit.SECONDS);
      bed.host.loop.turn(0);
      OpenMetricsText failed = OpenMetricsText.read(body(exchange(GET)));
      assertThat(failed.value("passt_migrations_total{outcome=\"failed\"}")).isEqualTo(1);
      assertThat(failed.value("passt_migration_saved")).isZero();
    }
  }

  @Test
  void aRequestMayComeByteByByteAndWithBareLineFeeds() throws IOException {
    try (SocketChannel client = connect()) {
      for (char each : "GET /metrics HTTP/1.0\nAccept: text/plain\n\n".toCharArray()) {
        assertThat(bed.read(client)).isEmpty();
        bed.send(client, String.valueOf(each));
      }
      assertThat(bed.read(client)).contains("version=0.0.4", "# TYPE passt_drops_total counter");
    }
  }

  @Test
  void whatElseIsAskedForIsRefused() throws IOException {
    assertThat(exchange("GET / HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 404 ");
    assertThat(exchange("PUT /metrics HTTP/1.1\r\n\r\n"))
        .startsWith("HTTP/1.1 405 ")
        .contains("\r\nAllow: GET, HEAD\r\n");
    assertThat(exchange("\0\0\0\0\n\n")).startsWith("HTTP/1.1 400 ");
    assertThat(exchange("HEAD /metrics HTTP/1.1\r\n\r\n")).endsWith("close\r\n\r\n");
  }

  @Test
  void aRequestThatIsTooLongIsRefused() throws IOException {
    assertThat(exchange("GET /metrics HTTP/1.1\r\nX: " + "x".repeat(8200)))
        .startsWith("HTTP/1.1 431 ");
  }

  @Test
  void aBodyIsPassedOverAndTheAnswerArrives() throws IOException {
    try (SocketChannel client = connect()) {
      bed.send(client, GET + "x".repeat(10_000));
      assertThat(body(bed.read(client))).endsWith("# EOF\n");
      assertThat(ControlBed.isAtEnd(client)).isTrue();
    }
  }

  @Test
  void whoNeverStopsSendingIsHungUpOn() throws IOException {
    try (SocketChannel client = connect()) {
      bed.send(client, GET);
      assertHungUpOn(client, "x".repeat(100_000));
    }
  }

  private void assertHungUpOn(SocketChannel client, String text) {
    try {
      bed.send(client, text);
      bed.send(client, text);
      assertThat(false).as("it is hung up on").isTrue();
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("Broken pipe");
    }
  }

  @Test
  void nobodyHasMoreThanSomeSeconds() throws IOException {
    try (SocketChannel silent = connect();
        SocketChannel slow = connect();
        SocketChannel lingering = connect()) {
      bed.send(slow, "GET /metrics HT");
      bed.send(lingering, GET);
      wait(4);
      bed.send(slow, "TP/1.1\r\n");
      assertThat(ControlBed.isAtEnd(silent)).isFalse();
      wait(2);
      assertThat(ControlBed.isAtEnd(silent)).isTrue();
      assertThat(ControlBed.isAtEnd(slow)).isTrue();
      assertThat(body(bed.read(lingering))).endsWith("# EOF\n");
    }
  }

  private void wait(int seconds) {
    bed.host.advance(seconds, TimeUnit.SECONDS);
    bed.host.loop.turn(0);
    bed.host.settle();
  }

  @Test
  void theOldestMakesRoomSoThatNobodyIsKeptOut() throws IOException {
    List<SocketChannel> idle = new ArrayList<>();
    for (int i = 0; i < MOST; i++) {
      idle.add(connect());
    }
    assertThat(body(exchange(GET))).endsWith("# EOF\n");
    assertThat(ControlBed.isAtEnd(idle.getFirst())).isTrue();
    bed.send(idle.getLast(), GET);
    assertThat(body(bed.read(idle.getLast()))).endsWith("# EOF\n");
    for (SocketChannel each : idle) {
      each.close();
    }
  }

  @Test
  void theTextIsMadeAnewOnlySoOften() throws IOException {
    exchange(GET);
    bed.host.counters.add(Counter.CACHED, 3);
    assertThat(exchange(GET)).contains("passt_cache_taken_total 0\n");
    bed.host.advance(101, TimeUnit.MILLISECONDS);
    bed.host.loop.turn(0);
    assertThat(exchange(GET)).contains("passt_cache_taken_total 3\n");
  }

  @Test
  void hostileClientsLeaveNothingBehind() throws IOException {
    exchange(GET);
    wait(6);
    long before = ControlBed.descriptors();
    var random = new Random(17);
    for (int i = 0; i < HOSTILE_CLIENTS; i++) {
      StringBuilder request = new StringBuilder(GET);
      for (int j = random.nextInt(4); j >= 0; j--) {
        request.setCharAt(random.nextInt(request.length()), (char) random.nextInt(256));
      }
      try (SocketChannel client = connect()) {
        bed.send(client, request.substring(0, random.nextInt(request.length() + 1)));
        bed.read(client);
      }
    }
    wait(6);
    assertThat(ControlBed.descriptors()).isLessThanOrEqualTo(before);
    assertThat(body(exchange(GET))).endsWith("# EOF\n");
  }

  @Test
  void theSocketIsItsOwnersAlone() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-------");
  }

  @Test
  void aPortServesTheSame() throws IOException {
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    socket.close();
    bed.close();
    bed = new ControlBed(directory);
    socket = open(MetricsPlace.loopback("127.0.0.1:" + port).orElseThrow());
    try (SocketChannel client = connect(new InetSocketAddress("127.0.0.1", port))) {
      bed.send(client, GET);
      OpenMetricsText.read(body(bed.read(client)));
    }
  }
}
