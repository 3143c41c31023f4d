package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jpasst.lab.LabDirectory;
import org.junit.jupiter.api.Test;

/** The table of RFC 9293's requirements in docs/compatibility.md says what is so. */
final class Rfc9293TableTest {
  private static final String SECTION = "### RFC 9293, requirement by requirement";

  /** What Appendix B has. */
  private static final int MUSTS = 69;

  private static final int SHOULDS = 31;
  private static final Pattern CELLS = Pattern.compile("\\s*\\|\\s*");
  private static final Pattern TEST = Pattern.compile("`(\\w+)\\.(\\w+)`");
  private static final String NOTHING = "–";

  private record Row(String requirement, String section, String what, String test, String remark) {
    static Row of(String line) {
      String[] cells = CELLS.split(line.substring(1).strip(), -1);
      return new Row(cells[0], cells[1], cells[2], cells[3], cells[4]);
    }
  }

  private final List<Row> rows = rows();

  private static List<Row> rows() {
    try (Stream<String> lines =
        Files.lines(LabDirectory.checkout().resolve("docs/compatibility.md"))) {
      return lines
          .dropWhile(each -> !each.equals(SECTION))
          .dropWhile(each -> !each.startsWith("| ---"))
          .skip(1)
          .takeWhile(each -> each.startsWith("|"))
          .map(Row::of)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyMustAndShouldHasOneRow() {
    var expected = new ArrayList<String>();
    IntStream.rangeClosed(1, MUSTS).forEach(each -> expected.add("MUST-" + each));
    IntStream.rangeClosed(1, SHOULDS).forEach(each -> expected.add("SHLD-" + each));
    assertThat(rows)
        .extracting(Row::requirement)
        .filteredOn(each -> each.startsWith("MUST") || each.startsWith("SHLD"))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void everyRowNamesItsSectionAndATestOrAReason() {
    assertThat(rows).allMatch(each -> each.section().matches("3\\.[0-9., ]+"));
    assertThat(rows).noneMatch(each -> each.what().isBlank());
    assertThat(rows).allMatch(each -> each.test().contains("`") || !each.remark().equals(NOTHING));
  }

  @Test
  void everyTestExists() throws IOException {
    var missing = new ArrayList<String>();
    for (Row row : rows) {
      var named = TEST.matcher(row.test());
      while (named.find()) {
        if (!exists(named.group(1), named.group(2))) {
          missing.add(row.requirement() + ": " + named.group());
        }
      }
    }
    assertThat(missing).isEmpty();
  }

  private static boolean exists(String simpleName, String method) throws IOException {
    Path sources = LabDirectory.checkout().resolve("src/test/java");
    try (Stream<Path> files = Files.walk(sources)) {
      List<Path> found = files.filter(each -> each.endsWith(simpleName + ".java")).toList();
      return found.size() == 1 && isTest(Files.readString(found.getFirst()), method);
    }
  }

  /** Whether there is such a method behind an annotation that makes it a test. */
  private static boolean isTest(String source, String method) {
    int at = source.indexOf(" void " + method + "(");
    if (at < 0) {
      return false;
    }
    String before = source.substring(0, at);
    String own = before.substring(before.lastIndexOf("\n  }\n") + 1);
    return own.contains("@Test") || own.contains("@ParameterizedTest");
  }
}
