package org.jpasst.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launched process's half of going into the background, and its end by signals. */
@Timeout(60)
final class LaunchTest {
  @TempDir Path directory;

  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endAll() {
    started.forEach(Process::destroyForcibly);
  }

  @Test
  void inBackgroundTheOutputEndsWithReadinessAndTheProcessLivesOn() throws Exception {
    Process process = start("background", "run", closed().toString());

    // Ends only when the last descriptor of the pipe is closed.
    String output = new String(process.getInputStream().readAllBytes());

    assertThat(output).isEqualTo("jpasst: ready\n");
    assertThat(process.isAlive()).isTrue();
    assertThat(List.of(standard(process, 0), standard(process, 1), standard(process, 2)))
        .containsOnly(Path.of("/dev/null"));
    assertThat(session(process)).isEqualTo(process.pid());
  }

  @Test
  void inBackgroundAFailureIsReported() throws Exception {
    Process process = start("background", "fail");

    assertThat(new String(process.getInputStream().readAllBytes())).isEqualTo("jpasst: exit 1\n");
    assertThat(process.waitFor()).isEqualTo(1);
  }

  @Test
  void inForegroundNothingIsReportedAndStandardOutputStays() throws Exception {
    Process process = start("foreground", "run", closed().toString());
    Path running = Path.of(closed() + ".running");
    Await.until("the probe runs", Duration.ofSeconds(20), () -> Files.exists(running));
    signal(process, "TERM");

    assertThat(process.waitFor()).isZero();
    assertThat(new String(process.getInputStream().readAllBytes())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aSignalEndsTheProcessInOrderWithStatusZero(String signal) throws Exception {
    Process process = start("background", "run", closed().toString());
    process.getInputStream().readAllBytes();

    signal(process, signal);

    assertThat(process.waitFor()).isZero();
    assertThat(closed()).hasContent("closed in order");
  }

  @Test
  void inheritedDescriptorsAreClosedButTheGuests() throws Exception {
    var command = new ArrayList<>(List.of("bash", "-c"));
    command.add("exec 3< <(:) 9< <(:) 77>&3; exec \"$@\"");
    command.add("bash");
    command.addAll(java("foreground", "keep", "9"));

    Process process = start(command);

    String open = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).isZero();
    assertThat(open.lines().filter(line -> line.contains(" pipe:")))
        .singleElement(STRING)
        .startsWith("9 ");
  }

  private Path closed() {
    return directory.resolve("closed");
  }

  private Process start(String launch, String... arguments) throws IOException {
    return start(java(launch, arguments));
  }

  private Process start(List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    started.add(process);
    return process;
  }

  private static List<String> java(String launch, String... arguments) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
    command.add("-Djpasst.launch=" + launch);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(LaunchProbe.class.getName());
    command.addAll(List.of(arguments));
    return command;
  }

  private static Path standard(Process process, int fd) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/fd/" + fd));
  }

  private static long session(Process process) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[3]);
  }

  private static void signal(Process process, String name) throws Exception {
    String pid = Long.toString(process.pid());
    assertThat(new ProcessBuilder("kill", "-s", name, pid).start().waitFor()).isZero();
  }
}
