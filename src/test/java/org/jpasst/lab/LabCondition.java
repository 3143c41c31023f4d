package org.jpasst.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides whether this machine can run the lab's tests, and says aloud why not. */
final class LabCondition implements ExecutionCondition {
  /** Commands of the host that the lab calls; src/test/lab/packages has the packages. */
  private static final List<String> COMMANDS =
      List.of("ip", "nsenter", "unshare", "flock", "debootstrap", "cc", "strace", "sysctl");

  /** Making them takes minutes, the first time on a machine: that is no test's time. */
  private static final AtomicBoolean TREES_ASKED_FOR = new AtomicBoolean();

  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Optional<String> obstacle = obstacle();
    if (obstacle.isEmpty()) {
      if (TREES_ASKED_FOR.compareAndSet(false, true)) {
        LabTree.testing();
        LabTree.bookworm();
      }
      return ConditionEvaluationResult.enabled("the lab can be had");
    }
    if (System.getenv("JPASST_LAB_REQUIRED") != null) {
      throw new ExtensionConfigurationException(
          "JPASST_LAB_REQUIRED is set, but the lab cannot be had: " + obstacle.get());
    }
    String name = context.getRequiredTestClass().getSimpleName();
    if (SAID.add(name)) {
      System.err.println("SKIPPED " + name + ": the lab cannot be had: " + obstacle.get());
    }
    return ConditionEvaluationResult.disabled(obstacle.get());
  }

  private static Optional<String> obstacle() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return Optional.of("it needs Linux");
    }
    if (!isRoot()) {
      return Optional.of("it needs root; run the build as root to run these tests");
    }
    List<String> missing = COMMANDS.stream().filter(each -> !onPath(each)).toList();
    if (!missing.isEmpty()) {
      return Optional.of(
          "missing: "
              + String.join(", ", missing)
              + "; run: apt-get install $(cat src/test/lab/packages)");
    }
    return Optional.empty();
  }

  private static boolean isRoot() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean onPath(String command) {
    return Stream.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
        .anyMatch(each -> Files.isExecutable(Path.of(each, command)));
  }
}
