package org.jpasst.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jpasst.app.FakeJdk;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The launcher that the build made knows each option as the program does. */
final class LauncherOptionsIT {
  private static final Path LAUNCHER = Path.of("target/jpasst/bin/passt").toAbsolutePath();

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(PasstOption.class)
  void whatFollowsAnOptionIsItsArgumentIfItTakesOne(PasstOption option) throws Exception {
    FakeJdk jdk = FakeJdk.create(directory.resolve("jdk"), "25", "echo 'jpasst: ready'");
    Synopsis synopsis = option.synopsis();
    List<String> spellings =
        Stream.concat(
                synopsis.letter().map("-"::concat).stream(),
                synopsis.names().stream().map("--"::concat))
            .toList();

    for (String spelling : spellings) {
      ProcessBuilder launch =
          new ProcessBuilder(LAUNCHER.toString(), "--sandbox=off", spelling, "--foreground");
      launch.environment().put("JPASST_JAVA_HOME", jdk.home().toString());
      assertThat(launch.start().waitFor()).isZero();

      String expected = synopsis.takesArgument() ? "background" : "foreground";
      assertThat(jdk.arguments()).as(spelling).contains("-Djpasst.launch=" + expected);
    }
  }
}
