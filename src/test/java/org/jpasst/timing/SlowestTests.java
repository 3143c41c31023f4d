package org.jpasst.timing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Tells which tests took longest when a JVM's run ends, be it of all classes at once or of one
 * after the other as Maven hands them out: JUnit finds it by META-INF/services.
 */
public final class SlowestTests implements LauncherSessionListener, TestExecutionListener {
  private static final int SHOWN = 20;

  private record Taken(String test, Duration time) {}

  private final Map<String, Long> begun = new ConcurrentHashMap<>();
  private final List<Taken> ended = new ArrayList<>();

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    session.getLauncher().registerTestExecutionListeners(this);
  }

  @Override
  public void executionStarted(TestIdentifier test) {
    begun.put(test.getUniqueId(), System.nanoTime());
  }

  @Override
  public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
    Long start = begun.remove(test.getUniqueId());
    if (start != null && test.isTest()) {
      ended.add(new Taken(name(test), Duration.ofNanos(System.nanoTime() - start)));
    }
  }

  private static String name(TestIdentifier test) {
    String shown = test.getDisplayName();
    return test.getSource()
        .filter(MethodSource.class::isInstance)
        .map(MethodSource.class::cast)
        .map(
            source -> {
              String type = source.getClassName().replaceFirst(".*\\.", "");
              String method = type + "." + source.getMethodName();
              return shown.startsWith(source.getMethodName()) ? method : method + " " + shown;
            })
        .orElse(shown);
  }

  @Override
  public synchronized void launcherSessionClosed(LauncherSession session) {
    if (ended.size() <= SHOWN) {
      return;
    }
    var lines = new StringBuilder("The slowest of " + ended.size() + " tests:\n");
    ended.stream()
        .sorted(Comparator.comparing(Taken::time).reversed())
        .limit(SHOWN)
        .forEach(
            each -> lines.append("%8.2f s  %s%n".formatted(seconds(each.time()), each.test())));
    System.out.println(lines);
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }
}
