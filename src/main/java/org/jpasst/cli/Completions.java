package org.jpasst.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * Writes what shells need to complete passt's options, as a step of the build, from the options'
 * model: for bash as picocli does it, for zsh with what each option means.
 */
public final class Completions {
  private Completions() {}

  /**
   * Writes them to share/bash-completion/completions/passt and share/zsh/site-functions/_passt.
   *
   * @param arguments the distribution's directory
   * @throws IOException if one can't be written
   */
  public static void main(String[] arguments) throws IOException {
    Path share = Path.of(arguments[0], "share");
    write(share.resolve("bash-completion/completions/passt"), bash());
    write(share.resolve("zsh/site-functions/_passt"), zsh());
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /** A script that bash reads when passt is completed for the first time. */
  static String bash() {
    return AutoComplete.bash("passt", new CommandLine(Usage.spec()));
  }

  /** A function for {@code _arguments}, zshcompsys(1). */
  static String zsh() {
    return Arrays.stream(PasstOption.values())
        .filter(PasstOption::isSupported)
        .flatMap(option -> zsh(option).stream())
        .collect(Collectors.joining(" \\\n  ", "#compdef passt\n\n_arguments -s -S \\\n  ", "\n"));
  }

  /** One line for each way to give the option. Any may be given more than once. */
  private static List<String> zsh(PasstOption option) {
    Synopsis synopsis = option.synopsis();
    String rest = "[" + escaped(option.description()) + "]" + zshArgument(synopsis);
    List<String> lines = new ArrayList<>();
    String afterLetter = synopsis.takesArgument() ? "+" : "";
    synopsis.letter().ifPresent(letter -> lines.add(quoted("*-" + letter + afterLetter + rest)));
    String afterName = synopsis.takesArgument() ? "=" : "";
    synopsis.names().forEach(name -> lines.add(quoted("*--" + name + afterName + rest)));
    return lines;
  }

  private static String zshArgument(Synopsis synopsis) {
    if (!synopsis.takesArgument()) {
      return "";
    }
    String words = "(" + String.join(" ", synopsis.choices()) + ")";
    String action = synopsis.namesFile() ? "_files" : synopsis.choices().isEmpty() ? " " : words;
    return ":" + escaped(synopsis.argument()) + ":" + action;
  }

  private static String escaped(String text) {
    return text.replaceAll("[\\[\\]:\\\\]", "\\\\$0");
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
