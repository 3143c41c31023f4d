package org.jpasst.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The manual pages of the distribution that the build made, as groff(1) shows them. */
final class ManualPagesIT {
  private static final Path PAGES = Path.of("target/jpasst/share/man/man1");

  @ParameterizedTest
  @ValueSource(strings = {"passt", "passtctl", "passt-repair", "passt-demo"})
  void groffHasNothingToSayAgainstThePage(String program) throws Exception {
    Path page = PAGES.resolve(program + ".1");
    assertThat(page).exists();
    assumeTrue(
        Stream.of("/usr/bin", "/bin").anyMatch(d -> Files.isExecutable(Path.of(d, "groff"))),
        "groff isn't installed");

    Process groff =
        new ProcessBuilder(List.of("groff", "-ww", "-man", "-Tascii", page.toString()))
            .redirectErrorStream(true)
            .start();
    String text = new String(groff.getInputStream().readAllBytes());

    assertThat(groff.waitFor()).as(text).isZero();
    assertThat(text).doesNotContain("warning:").doesNotContain("error:");
    assertThat(plain(text)).contains("NAME", "SYNOPSIS", program);
    if (program.equals("passt")) {
      for (PasstOption each : PasstOption.values()) {
        if (each.isSupported()) {
          assertThat(plain(text)).contains(each.toString());
        }
      }
    }
  }

  /** Without the terminal's escape sequences and overstrikes. */
  private static String plain(String text) {
    return text.replaceAll("\u001b\\[[0-9;]*m", "").replaceAll(".\b", "");
  }
}
