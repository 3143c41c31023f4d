package org.jpasst.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The launcher's own lists of options with an argument say the same as the program. */
final class LauncherOptionsTest {
  private static final Path LAUNCHER = Path.of("src/main/dist/bin/passt");

  @Test
  void launcherKnowsEveryLetterThatTakesAnArgument() throws IOException {
    String letters = find("short_with_argument=(\\w+)");

    assertThat(letters.split(""))
        .containsExactlyInAnyOrderElementsOf(
            withArgument().map(PasstOption::letter).flatMap(Optional::stream).toList());
  }

  @Test
  void launcherKnowsEveryNameThatTakesAnArgument() throws IOException {
    List<String> names = List.of(find("long_with_argument='([^']+)'").strip().split("\\s+"));

    assertThat(names)
        .containsExactlyInAnyOrderElementsOf(
            withArgument().map(PasstOption::names).flatMap(List::stream).toList());
  }

  private static Stream<PasstOption> withArgument() {
    return Arrays.stream(PasstOption.values()).filter(PasstOption::takesArgument);
  }

  private static String find(String pattern) throws IOException {
    Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(LAUNCHER));
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }
}
