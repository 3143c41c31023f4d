package org.jpasst.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes into the launcher of a distribution, as a step of the build, which options take an
 * argument: it has to find its own among them, and can't ask us, as it starts us.
 */
public final class LauncherOptions {
  private LauncherOptions() {}

  /**
   * Writes them to bin/passt.
   *
   * @param arguments the distribution's directory
   * @throws IOException if it can't be written, or has no place for them
   */
  public static void main(String[] arguments) throws IOException {
    List<Synopsis> withArgument =
        Arrays.stream(PasstOption.values())
            .map(PasstOption::synopsis)
            .filter(Synopsis::takesArgument)
            .toList();
    String letters =
        withArgument.stream()
            .map(Synopsis::letter)
            .flatMap(Optional::stream)
            .collect(Collectors.joining());
    String names =
        withArgument.stream()
            .map(Synopsis::names)
            .flatMap(List::stream)
            .collect(Collectors.joining(" ", "' ", " '"));
    Path launcher = Path.of(arguments[0], "bin/passt");
    String script = Files.readString(launcher);
    script = assigned("short_with_argument", letters, script);
    Files.writeString(launcher, assigned("long_with_argument", names, script));
  }

  private static String assigned(String variable, String value, String script) throws IOException {
    Matcher line = Pattern.compile("^" + variable + "=.*$", Pattern.MULTILINE).matcher(script);
    if (!line.find()) {
      throw new IOException("bin/passt has no line for " + variable);
    }
    return line.replaceFirst(Matcher.quoteReplacement(variable + "=" + value));
  }
}
