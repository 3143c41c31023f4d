package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jpasst.control.metrics.OpenMetricsText;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.OperatedGuest;
import org.jpasst.lab.Promtool;
import org.jpasst.lab.TcpPair;
import org.jpasst.lab.TrafficStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What people and machines see of a running back-end with a guest; one for all tests. */
@LabTest
final class OperatorsViewIT {
  private static final int REMOTE_PORT = 7001;
  private static final int BYTES = 2_000_000;
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final Path PROGRAMS = LabDirectory.checkout().resolve("target/jpasst/bin");

  @AutoClose private static OperatedGuest bed;
  private static Lab lab;

  @BeforeAll
  static void start() {
    bed =
        OperatedGuest.start(
            directory -> List.of("--metrics", directory.resolve("metrics").toString()));
    lab = bed.lab();
  }

  private static Path metricsSocket() {
    return lab.directory().resolve("metrics");
  }

  private static String get(String accept) {
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(metricsSocket()))) {
      String request = "GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: " + accept + "\r\n\r\n";
      Channels.newOutputStream(client).write(request.getBytes(StandardCharsets.UTF_8));
      byte[] answer = Channels.newInputStream(client).readAllBytes();
      String text = new String(answer, StandardCharsets.UTF_8);
      assertThat(text).startsWith("HTTP/1.1 200 OK\r\n");
      return text.split("\r\n\r\n", 2)[1];
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void prometheusReadsTheMetricsOfRealTraffic() throws Exception {
    try (ServerSocketChannel outside = TcpPair.listen(lab.remote(), "::", REMOTE_PORT);
        TcpPair pair = TcpPair.connect(lab.guest(), Lab.REMOTE4, REMOTE_PORT, outside)) {
      new TrafficStream(1, BYTES).carry(pair.server(), pair.client(), SOON);
      String payload = "passt_payload_bytes_total{type=\"tcp\",direction=\"to_guest\"}";
      Await.until(
          "the guest's acknowledgments",
          SOON,
          () -> OpenMetricsText.read(get("*/*")).value(payload) >= BYTES);
      OpenMetricsText metrics = OpenMetricsText.read(get("*/*"));
      assertThat(metrics.value("passt_tcp_guest_rtt_seconds_count")).isPositive();
      assertThat(metrics.value("passt_frames_to_guest_total")).isGreaterThan(10);

      Promtool promtool = Promtool.fetch();
      promtool.check(get("text/plain"), lab.directory());
      promtool.read(get("application/openmetrics-text"), lab.directory());
      promtool.read(BackEnd.control(lab, "stats", "--openmetrics"), lab.directory());
    }
  }

  @Test
  void flowsTellHowConnectionsFareOnBothSides() throws Exception {
    try (ServerSocketChannel outside = TcpPair.listen(lab.remote(), "::", REMOTE_PORT);
        TcpPair pair = TcpPair.connect(lab.guest(), Lab.REMOTE4, REMOTE_PORT, outside)) {
      pair.exchange((byte) 1);
      String own = "192.0.2.1:" + ((InetSocketAddress) pair.client().getLocalAddress()).getPort();
      JsonObject flow =
          JsonParser.parseString(BackEnd.control(lab, "--json", "flows"))
              .getAsJsonObject()
              .getAsJsonArray("flows")
              .asList()
              .stream()
              .map(JsonElement::getAsJsonObject)
              .filter(
                  each -> each.getAsJsonObject("guest").get("endpoint").getAsString().equals(own))
              .findFirst()
              .orElseThrow();
      JsonObject host = flow.getAsJsonObject("host");
      assertThat(host.get("rtt").getAsDouble()).isBetween(0.000_001, 5.0);
      assertThat(host.get("congestion_window").getAsLong()).isGreaterThan(1000);
      assertThat(host.get("retransmissions").getAsLong()).isZero();
      assertThat(host.get("send_queue").getAsLong()).isZero();
      JsonObject inside = flow.getAsJsonObject("guest");
      assertThat(inside.get("rtt").getAsDouble()).isBetween(0.000_001, 5.0);
      assertThat(inside.get("receive_queue").getAsLong()).isZero();
      assertThat(BackEnd.control(lab, "flows"))
          .containsPattern("RTT +CWND +RETRANS +QUEUED +UNREAD")
          .containsPattern("192.0.2.3:7001 .* [0-9.]+[um]?s/[0-9.]+[um]?s .* 0/0 +0/0 +0/0");
    }
  }

  @Test
  void topFollowsItsWindow() throws Exception {
    try (ServerSocketChannel outside = TcpPair.listen(lab.remote(), "::", REMOTE_PORT);
        TcpPair pair = TcpPair.connect(lab.guest(), Lab.REMOTE4, REMOTE_PORT, outside)) {
      pair.exchange((byte) 1);
      Path tty = lab.directory().resolve("tty");
      String top =
          "tty >%s; stty cols 60 rows 20; exec %s -s %s top"
              .formatted(tty, PROGRAMS.resolve("passtctl"), BackEnd.controlOption(lab).getLast());
      List<String> command =
          List.of("script", "--quiet", "--return", "--command", top, "/dev/null");
      try (LabProcess shown = LabProcess.start(command, BackEnd.environment())) {
        shown.awaitLine("GUEST PORT AND PEER", SOON);
        shown.awaitLine(":[0-9]+ > 192.0.2.3:7001", SOON);
        assertThat(mappedFiles(shown)).as("it starts from its cache").contains("/passtctl.aot");
        press(shown, 'h');
        shown.awaitLine("pause, and go on", SOON);
        press(shown, 'h');
        int before = shown.lineCount();
        String terminal = Files.readString(tty).strip();
        LabProcess.run(List.of("stty", "-F", terminal, "cols", "150"), SOON);
        shown.awaitLine(before, "GUEST SIDE +HOST SIDE", SOON);
        press(shown, 'q');
        assertThat(shown.awaitExit(SOON)).as(shown.output()).isZero();
      }
    }
  }

  /** What the processes that one has started have in their memory. */
  private static String mappedFiles(LabProcess started) {
    return ProcessHandle.of(started.pid())
        .orElseThrow()
        .descendants()
        .map(each -> LabProcess.run(List.of("cat", "/proc/" + each.pid() + "/maps"), SOON))
        .collect(Collectors.joining());
  }

  private static void press(LabProcess shown, char key) throws IOException {
    shown.input().write(key);
    shown.input().flush();
  }

  /**
   * A back-end that a user has started, in its own user namespace, which maps nobody else; in a PID
   * namespace in which it is the only one.
   */
  @Test
  void theOnlyBackEndIsFoundByItsUserAndRootReachesIt() throws Exception {
    Path own = Files.createDirectory(lab.directory().resolve("own"));
    String script =
        """
        cd "$1"; chown daemon .; chmod 755 . ..
        user() { setpriv --reuid daemon --regid daemon --clear-groups --inh-caps=-all "$@"; }
        nobody() { setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all "$@"; }
        user "$2/passt" -q --socket "$1/s" --control "$1/c" --pid "$1/pid" || exit
        echo "found: $(user "$2/passtctl" log level)"
        echo "variable: $(PASST_CONTROL=$1/c "$2/passtctl" log level)"
        echo "root: $("$2/passtctl" -s "$1/c" log level)"
        echo "unnamed: $("$2/passtctl" log level 2>&1)"
        chmod 666 c
        echo "nobody: $(nobody "$2/passtctl" -s "$1/c" log level 2>&1)"
        echo "loosened: $("$2/passtctl" -s "$1/c" log level 2>&1)"
        chmod 600 c
        "$2/passtctl" -s "$1/c" quit && echo ended
        """;
    String told =
        lab.host()
            .run(
                "env",
                "JPASST_JAVA_HOME=" + System.getProperty("java.home"),
                "unshare",
                "--pid",
                "--fork",
                "--mount-proc",
                "sh",
                "-c",
                script,
                "sh",
                own.toString(),
                PROGRAMS.toString());
    assertThat(told.lines())
        .contains("found: warning", "variable: warning", "root: warning", "ended")
        .anyMatch(line -> line.startsWith("unnamed: passtctl: no control socket of yours"))
        .anyMatch(line -> line.matches("nobody: .*an operator of another user is turned away.*"))
        .anyMatch(line -> line.matches("loosened: .*an operator of another user is turned away.*"));
  }
}
