package org.jpasst.app;

import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jpasst.cli.LauncherOptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher with a scripted java: how it reads options, and what it makes of the JVM's end. */
@Timeout(60)
final class LauncherTest {
  private static final Path SOURCE = Path.of("src/main/dist");
  private static final List<String> LAUNCHER = List.of("bin/passt", "lib/find-jdk.sh");
  private static final String GETS_READY = "echo 'jpasst: ready'";

  @TempDir static Path distribution;
  private static Path launcher;

  @TempDir Path directory;

  /** As the build does it. */
  @BeforeAll
  static void makeLauncher() throws IOException {
    for (String each : LAUNCHER) {
      Path copy = distribution.resolve(each);
      Files.createDirectories(copy.getParent());
      Files.copy(SOURCE.resolve(each), copy, COPY_ATTRIBUTES);
    }
    LauncherOptions.main(new String[] {distribution.toString()});
    launcher = distribution.resolve("bin/passt");
  }

  private record Ended(int status, String output, String error) {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-f",
        "--foreground",
        "--fore",
        "-fq",
        "-qf",
        "-1f",
        "-d -f",
        "-h",
        "--help",
        "--he",
        "--version",
        "--ver",
        "--print-capabilities",
        "-t 22 -f",
        "-t22 -f",
        "-qt 22 -f",
        "--tcp-ports 22 -f",
        "--tcp-ports=22 -f",
        "--tcp-p 22 -f",
        "--fd=3 -f",
        "-F3 -f",
        "-F 3 -f",
        "-a 192.0.2.1 -n 24 --foreground",
        "--no-dhcp-dns -f",
        "--netns-only -f",
        "-s -- -f",
        "--vhost-user -f",
        "--vhost -f",
        "--vhost-user-features all -f",
        "--vhost-user-features=all -f",
        "-P -f -f"
      })
  void staysInForegroundIfTheOptionsSaySo(String options) throws Exception {
    assertThat(launchOf(options)).isEqualTo("foreground");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-q",
        "-F 3",
        "-t -f",
        "-qt -f",
        "-tf",
        "-P -h",
        "-s--foreground",
        "--socket -f",
        "--sock -f",
        "--socket=-f",
        "--hostname --help",
        "--log-file --version",
        "-H foreground",
        "-- -f",
        "operand -f",
        "- -f",
        "--quiet --pid /tmp/passt-ABCDEF.pid --fd 3",
        "-ahost",
        "--userns -f",
        "--vhost-user-f -f",
        "--mtu 1500 --one-off"
      })
  void goesToBackgroundOtherwise(String options) throws Exception {
    assertThat(launchOf(options)).isEqualTo("background");
  }

  @Test
  void handsArgumentsOnUnchanged() throws Exception {
    FakeJdk jdk = fakeJdk(GETS_READY);

    launch(jdk, "-S", "a b  c", "", "*", "it's \"so\"", "\\n");

    assertThat(jdk.programArguments())
        .containsExactly("-S", "a b  c", "", "*", "it's \"so\"", "\\n");
  }

  @Test
  void endsWithStatusZeroOnceTheBackEndIsReadyAndLeavesItRunning() throws Exception {
    Path fifo = directory.resolve("fifo");
    new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor();
    String script =
        GETS_READY
            + """

            read -r pid rest </proc/self/stat
            echo "$pid" >'%s/pid'
            exec >/dev/null 2>&1
            exec cat '%s'
            """
                .formatted(directory, fifo);

    Ended ended = launch(fakeJdk(script), "-q");

    assertThat(ended).isEqualTo(new Ended(0, "", ""));
    var backEnd = ProcessHandle.of(pid()).orElseThrow();
    assertThat(backEnd.isAlive()).isTrue();
    Files.writeString(fifo, "");
    backEnd.onExit().get(10, TimeUnit.SECONDS);
  }

  @Test
  void endsWithTheStatusThatTheBackEndReports() throws Exception {
    Ended ended = launch(fakeJdk("echo 'passt: no such thing' >&2; echo 'jpasst: exit 1'"), "-q");

    assertThat(ended).isEqualTo(new Ended(1, "", "passt: no such thing\n"));
  }

  @Test
  void passesOnWhatTheBackEndPrintsBeforeItEnds() throws Exception {
    Ended ended = launch(fakeJdk("echo 'Usage: …'; echo 'jpasst: exit 0'"), "-q");

    assertThat(ended).isEqualTo(new Ended(0, "Usage: …\n", ""));
  }

  @Test
  void failsWithALineIfTheJvmEndsWithoutAWord() throws Exception {
    Ended ended = launch(fakeJdk("exit 0"), "-q");

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.output()).isEmpty();
    assertThat(ended.error()).isEqualTo("passt: the JVM ended before the back-end was ready\n");
  }

  @Test
  void showsTheComplaintOfAJvmThatCannotStart() throws Exception {
    Ended ended = launch(fakeJdk("echo 'Could not reserve enough space'; exit 1"), "-q");

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.error()).startsWith("Could not reserve enough space\n");
  }

  @Test
  void becomesTheJvmInForeground() throws Exception {
    Process process =
        start(fakeJdk("echo $$ >'%s/pid'; cat; exit 42".formatted(directory)), List.of("-f"));
    process.getOutputStream().close();

    assertThat(process.waitFor()).isEqualTo(42);
    assertThat(pid()).isEqualTo(process.pid());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-f", "-q"})
  void descriptorsSurvive(String option) throws Exception {
    for (int fd : new int[] {3, 4, 5, 9, 10, 11, 12, 63, 200, 255}) {
      Path file = Files.createFile(directory.resolve("file" + fd));
      FakeJdk jdk = fakeJdk("readlink /proc/self/fd/%d >&2; %s".formatted(fd, GETS_READY));
      List<String> command =
          List.of(
              "bash",
              "-c",
              "exec %d<'%s'; exec \"$@\"".formatted(fd, file),
              "bash",
              launcher.toString(),
              option);

      Ended ended = end(start(jdk.home().toString(), command));

      assertThat(ended.error()).isEqualTo(file + "\n");
    }
  }

  @Test
  void theJvmGetsNoDescriptorButTheStandardOnesFromTheLauncher() throws Exception {
    FakeJdk jdk = fakeJdk("ls /proc/self/fd >&2; " + GETS_READY);

    Ended ended = launch(jdk, "-q");

    // The fourth is the directory that ls reads.
    assertThat(ended.error()).isEqualTo("0\n1\n2\n3\n");
  }

  @Test
  void refusesAJdkThatIsTooOld() throws Exception {
    FakeJdk old = FakeJdk.create(directory.resolve("old"), "24.0.2", GETS_READY);

    Ended ended = launch(old, "-q");

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.error())
        .startsWith("passt: there is no JDK 25 or newer in JPASST_JAVA_HOME=" + old.home())
        .hasLineCount(1);
    assertThat(old.wasStarted()).isFalse();
  }

  @Test
  void startsOnItsOwnRuntimeWhateverJdksThereAre() throws Exception {
    Path copy = copyOfDistribution("with runtime");
    FakeJdk own = FakeJdk.create(copy.resolve("lib/runtime"), "25.0.3", GETS_READY);
    FakeJdk other = FakeJdk.create(directory.resolve("other"), "26", GETS_READY);
    ProcessBuilder builder = new ProcessBuilder(copy.resolve("bin/passt").toString());
    builder.environment().remove("JPASST_JAVA_HOME");
    builder.environment().put("JAVA_HOME", other.home().toString());
    builder.environment().merge("PATH", other.home() + "/bin", (path, its) -> its + ":" + path);

    assertThat(builder.start().waitFor()).isZero();

    assertThat(own.wasStarted()).isTrue();
    assertThat(other.wasStarted()).isFalse();
  }

  @Test
  void saysSoIfItsRuntimeIsMissing() throws Exception {
    ProcessBuilder builder = new ProcessBuilder(launcher.toString());
    builder.environment().remove("JPASST_JAVA_HOME");

    Ended ended = end(builder.start());

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.error()).contains("lib/runtime is missing").hasLineCount(1);
  }

  @Test
  void asksAJdkWithoutAReleaseFileForItsVersion() throws Exception {
    FakeJdk jdk =
        fakeJdk(
            "case $1 in --version) echo 'openjdk 25.0.3 2026-04-21' ;; *) "
                + GETS_READY
                + " ;; esac");
    Files.delete(jdk.home().resolve("release"));

    launch(jdk, "-q");

    assertThat(jdk.programArguments()).containsExactly("-q");
  }

  @Test
  void findsItsLibrariesThroughASymbolicLink() throws Exception {
    Path copy = copyOfDistribution("jpasst");
    Path link = Files.createSymbolicLink(directory.resolve("link"), copy.resolve("bin/passt"));
    FakeJdk jdk = fakeJdk(GETS_READY);

    end(start(jdk.home().toString(), List.of(link.toString())));

    Path jar = Path.of(jdk.arguments().get(jdk.arguments().indexOf("-cp") + 1));
    assertThat(jar.normalize()).isEqualTo(directory.resolve("jpasst/lib/jpasst.jar"));
  }

  @Test
  void isPlainPosixShell() throws Exception {
    try (Stream<String> lines = Files.lines(launcher)) {
      assertThat(lines.findFirst()).contains("#!/bin/sh");
    }
    assertThat(new ProcessBuilder("sh", "-n", launcher.toString()).start().waitFor()).isZero();
  }

  private Path copyOfDistribution(String name) throws IOException {
    Path copy = directory.resolve(name);
    for (String each : LAUNCHER) {
      Path file = copy.resolve(each);
      Files.createDirectories(file.getParent());
      Files.copy(distribution.resolve(each), file, COPY_ATTRIBUTES);
    }
    return copy;
  }

  private String launchOf(String options) throws Exception {
    FakeJdk jdk = fakeJdk(GETS_READY);
    launch(jdk, options.isEmpty() ? new String[0] : options.split(" "));
    return jdk.arguments().stream()
        .filter(argument -> argument.startsWith("-Djpasst.launch="))
        .map(argument -> argument.substring(argument.indexOf('=') + 1))
        .findFirst()
        .orElseThrow();
  }

  private FakeJdk fakeJdk(String script) throws IOException {
    return FakeJdk.create(directory.resolve("jdk"), "25.0.3", script);
  }

  private Ended launch(FakeJdk jdk, String... arguments) throws Exception {
    return end(start(jdk, List.of(arguments)));
  }

  private static Ended end(Process process) throws Exception {
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes());
    String error = new String(process.getErrorStream().readAllBytes());
    return new Ended(process.waitFor(), output, error);
  }

  private static Process start(FakeJdk jdk, List<String> arguments) throws IOException {
    var command = new ArrayList<>(List.of(launcher.toString()));
    command.addAll(arguments);
    return start(jdk.home().toString(), command);
  }

  private static Process start(String jdk, List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JPASST_JAVA_HOME", jdk);
    return builder.start();
  }

  private long pid() throws IOException {
    return Long.parseLong(Files.readString(directory.resolve("pid")).strip());
  }
}
