package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The README's two commands on a Debian with neither a JDK nor Maven. */
@LabTest
final class FreshMachineIT {
  private static final Duration SOON = Duration.ofSeconds(30);

  @ParameterizedTest
  @ValueSource(strings = {"try", "check"})
  void whatIsMissingIsSaidInOneLineByTheDistributionsNames(String command) {
    for (Deployment user : List.of(Deployment.DIRECT, Deployment.USER_WITH_OUR_HELPER)) {
      user.assumePossible();
      assertThat(run(LabTree.testing(), user, command))
          .singleElement()
          .asString()
          .startsWith(command + ": missing: a JDK 25 and Maven: ")
          .contains("apt-get install openjdk-25-jdk-headless maven");
      assertThat(run(LabTree.bookworm(), user, command))
          .singleElement()
          .asString()
          .startsWith(command + ": missing: a JDK 25 and Maven: ")
          .contains("(bookworm) has no package of it", "apt-get install maven");
    }
  }

  private static List<String> run(LabTree tree, Deployment user, String command) {
    Path checkout = LabDirectory.checkout();
    String exec = LabDirectory.script("lab-exec").toString();
    var all = new ArrayList<>(List.of(exec, "-t", tree.directory().toString()));
    all.addAll(List.of("-b", checkout.toString(), "--"));
    all.addAll(user.as(List.of("env", "-i", "PATH=/usr/bin", checkout + "/src/" + command)));
    try (LabProcess process = LabProcess.start(all, Map.of())) {
      assertThat(process.awaitExit(SOON)).as(process.output()).isEqualTo(1);
      return process.output().lines().toList();
    }
  }
}
