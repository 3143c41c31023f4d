package org.jpasst.control.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Writes bash's completion of passtctl's command line, as a step of the build. */
public final class Completion {
  private Completion() {}

  /**
   * Writes it where bash-completion looks for it.
   *
   * @param arguments the distribution's directory
   * @throws IOException if it can't be written
   */
  public static void main(String[] arguments) throws IOException {
    Path directory =
        Files.createDirectories(Path.of(arguments[0], "share/bash-completion/completions"));
    Files.writeString(directory.resolve(Syntax.PROGRAM), script());
  }

  static String script() {
    return AutoComplete.bash(Syntax.PROGRAM, new CommandLine(Syntax.spec()));
  }
}
