package org.jpasst.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jpasst.lab.LabDirectory;
import org.jpasst.proto.icmp.PingIT;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Nothing is counted that nobody has seen happen: each counter is raised by the program, and a test
 * that looks at it makes that happen.
 */
final class CounterReachabilityTest {
  private static final Path SOURCES = LabDirectory.checkout().resolve("src");

  /** Those that need what only the lab has, and the test there. */
  private static final Map<Counter, Class<?>> OF_THE_LAB =
      Map.of(Counter.DROP_PING_SEND, PingIT.class); // a ping socket, net.ipv4.ping_group_range

  @ParameterizedTest
  @EnumSource
  void aUnitTestLooksAtIt(Counter counter) throws IOException {
    Class<?> lab = OF_THE_LAB.get(counter);
    Path tests = SOURCES.resolve("test/java");
    if (lab == null) {
      assertThat(namedIn(tests, "Test.java").get(counter))
          .as("unit tests that name it")
          .isPositive();
    } else {
      String file = lab.getName().replace('.', '/') + ".java";
      assertThat(Files.readString(tests.resolve(file))).contains("Counter." + counter.name());
    }
  }

  @Test
  void theProgramRaisesEach() throws IOException {
    assertThat(namedIn(SOURCES.resolve("main/java"), ".java")).containsOnlyKeys(Counter.values());
  }

  /** How many files name each counter. */
  private static Map<Counter, Integer> namedIn(Path directory, String ending) throws IOException {
    var pattern = Pattern.compile("\\bCounter\\.([A-Z][A-Z0-9_]+)\\b");
    Map<Counter, Integer> named = new HashMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(each -> each.toString().endsWith(ending)).toList()) {
        pattern
            .matcher(Files.readString(file))
            .results()
            .map(each -> Counter.valueOf(each.group(1)))
            .distinct()
            .forEach(each -> named.merge(each, 1, Integer::sum));
      }
    }
    return named;
  }
}
