package org.jpasst.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jpasst.lab.LabTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher of the distribution that the build made, with a real JVM. */
@Timeout(120)
final class LauncherIT {
  private static final Path DISTRIBUTION = Path.of("target/jpasst").toAbsolutePath();

  @TempDir Path directory;

  private record Ended(int status, String output, String error) {}

  @Test
  @LabTest
  void needsNoJdk() throws Exception {
    String hideJdks =
        "for each in /usr/lib/jvm /opt /usr/local; do mount -t tmpfs none $each; done; exec \"$@\"";
    String passt = DISTRIBUTION.resolve("bin/passt").toString();
    List<String> command = new ArrayList<>(List.of("unshare", "--mount", "--propagation"));
    command.addAll(List.of("private", "sh", "-c", hideJdks, "sh", "env", "-i"));
    command.addAll(List.of("PATH=/usr/sbin:/usr/bin:/sbin:/bin", passt, "--version"));

    Ended ended = run(Map.of(), command);

    assertThat(ended.error()).isEmpty();
    assertThat(ended.output()).startsWith("passt ");
  }

  /** The whole JDK that the tests run on is another runtime. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void saysOnceWithDebugThatTheCacheIsNotOfTheRuntime(boolean another) throws Exception {
    Map<String, String> environment =
        another ? Map.of("JPASST_JAVA_HOME", System.getProperty("java.home")) : Map.of();
    String passt = DISTRIBUTION.resolve("bin/passt").toString();
    List<String> options = List.of("--foreground", "--socket", "/nonexistent/socket");
    List<String> command = new ArrayList<>(List.of(passt));
    command.addAll(options);

    Ended quiet = run(environment, command);
    command.add("--debug");
    Ended debugging = run(environment, command);

    String line = "lib/jpasst.aot was recorded with another runtime";
    assertThat(quiet.error()).contains("/nonexistent/socket").doesNotContain(line);
    assertThat(debugging.error().lines().filter(each -> each.contains(line)))
        .hasSize(another ? 1 : 0);
  }

  /** Kibibytes that the JVM can't start with, and such that it can. */
  @ParameterizedTest
  @ValueSource(ints = {300_000, 1_000_000, 1_900_000, 2_400_000})
  void tellsInOneLineThatThereIsTooLittleAddressSpace(int kibibytes) throws Exception {
    Ended ended =
        run(
            Map.of(),
            List.of(
                "sh",
                "-c",
                "ulimit -v " + kibibytes + "; exec \"$@\"",
                "sh",
                DISTRIBUTION.resolve("bin/passt").toString(),
                "--version"));

    if (kibibytes > 2_000_000) {
      assertThat(ended.output()).startsWith("passt ");
      assertThat(ended.error()).isEmpty();
      assertThat(ended.status()).isZero();
    } else {
      String line =
          "passt: the address space is limited to %d KiB, of which the JVM needs 2000000: raise the"
              + " limit (ulimit -v, LimitAS=)%n";
      assertThat(ended).isEqualTo(new Ended(1, "", line.formatted(kibibytes)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "true",
        "rm -f lib/jpasst.aot",
        "truncate -s 100000 lib/jpasst.aot",
        "head -c 100000 /dev/urandom >lib/jpasst.aot",
        "touch lib/*.jar"
      })
  void startsSilentlyWhereverTheDistributionIsAndWhateverTheCacheIs(String spoil) throws Exception {
    Path moved = directory.resolve("moved here");
    run(Map.of(), List.of("cp", "-a", DISTRIBUTION.toString(), moved.toString()));
    Process spoiling =
        new ProcessBuilder("sh", "-c", spoil).directory(moved.toFile()).inheritIO().start();
    assertThat(spoiling.waitFor()).isZero();

    Ended ended = run(Map.of(), List.of(moved.resolve("bin/passt").toString(), "--version"));

    assertThat(ended.status()).isZero();
    assertThat(ended.output()).startsWith("passt ");
    assertThat(ended.error()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--no-such-option", "--mtu=x", "--tcp", "operand"})
  void badCommandLineGivesOneLineAndStatusOne(String argument) throws Exception {
    for (String foreground : List.of("--quiet", "--foreground")) {
      Ended ended =
          run(
              Map.of(),
              List.of(DISTRIBUTION.resolve("bin/passt").toString(), foreground, argument));

      assertThat(ended.status()).isEqualTo(1);
      assertThat(ended.output()).isEmpty();
      assertThat(ended.error()).matches("passt: .+\n");
    }
  }

  private static Ended run(Map<String, String> environment, List<String> command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes());
    String error = new String(process.getErrorStream().readAllBytes());
    return new Ended(process.waitFor(), output, error);
  }
}
