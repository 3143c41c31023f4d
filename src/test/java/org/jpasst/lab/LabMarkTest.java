package org.jpasst.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Where the lab can't be had, a test that needs it and isn't marked fails instead of being skipped.
 */
final class LabMarkTest {
  private static final Path SOURCES = LabDirectory.checkout().resolve("src/test/java");

  @Test
  void whateverOpensALabIsMarkedAsALabTest() throws IOException {
    List<Path> tests;
    try (Stream<Path> all = Files.walk(SOURCES)) {
      tests = all.filter(each -> each.toString().matches(".*(IT|Test)\\.java")).toList();
    }

    assertThat(tests).hasSizeGreaterThan(100);
    for (Path each : tests) {
      String text = Files.readString(each);
      if (text.contains("Lab.open(") || text.contains("LabTree.testing()")) {
        assertThat(text).as(each.toString()).containsAnyOf("@LabTest", "whateverOpensALab");
      }
    }
  }
}
