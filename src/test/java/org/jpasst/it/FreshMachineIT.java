package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jpasst.lab.Deployment;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The README's two commands on a Debian with neither a JDK nor Maven. */
@LabTest
final class FreshMachineIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path jdk;

  @ParameterizedTest
  @ValueSource(strings = {"try", "check"})
  void whatIsMissingIsSaidInOneLineByTheDistributionsNames(String command) {
    for (Deployment user : List.of(Deployment.DIRECT, Deployment.USER_WITH_OUR_HELPER)) {
      user.assumePossible();
      assertThat(run(LabTree.testing(), user, command))
          .singleElement()
          .asString()
          .startsWith(command + ": missing: a JDK (25 or newer) and Maven: ")
          .contains("apt-get install openjdk-25-jdk-headless maven");
      assertThat(run(LabTree.bookworm(), user, command))
          .singleElement()
          .asString()
          .startsWith(command + ": missing: a JDK (25 or newer) and Maven: ")
          .contains("(bookworm) has no package of it", "apt-get install maven");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "24.0.2, a JDK (25 or newer) and Maven",
    "25.0.3, Maven",
    "26, Maven",
    "28.0.1, Maven",
  })
  void anyJdkThatIsNewEnoughDoes(String version, String missing) throws IOException {
    // What tells a JDK from other directories; it isn't run, for want of Maven.
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    Path compiler = Files.createDirectory(jdk.resolve("bin")).resolve("javac");
    assertThat(Files.createFile(compiler).toFile().setExecutable(true)).isTrue();

    assertThat(run(LabTree.testing(), Deployment.DIRECT, "check", "JAVA_HOME=" + jdk))
        .singleElement()
        .asString()
        .startsWith("check: missing: " + missing + ": ");
  }

  private List<String> run(LabTree tree, Deployment user, String command, String... environment) {
    Path checkout = LabDirectory.checkout();
    String exec = LabDirectory.script("lab-exec").toString();
    var all = new ArrayList<>(List.of(exec, "-t", tree.directory().toString()));
    all.addAll(List.of("-b", checkout.toString(), "-b", jdk.toString(), "--"));
    var fresh = new ArrayList<>(List.of("env", "-i", "PATH=/usr/bin"));
    fresh.addAll(List.of(environment));
    fresh.add(checkout + "/src/" + command);
    all.addAll(user.as(fresh));
    try (LabProcess process = LabProcess.start(all, Map.of())) {
      assertThat(process.awaitExit(SOON)).as(process.output()).isEqualTo(1);
      return process.output().lines().toList();
    }
  }
}
