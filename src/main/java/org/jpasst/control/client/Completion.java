package org.jpasst.control.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.AutoComplete;
import picocli.CommandLine;

/** Writes what bash and zsh need to complete passtctl's command line, as a step of the build. */
public final class Completion {
  private Completion() {}

  /**
   * Writes it where bash-completion and zsh look for it.
   *
   * @param arguments the distribution's directory
   * @throws IOException if it can't be written
   */
  public static void main(String[] arguments) throws IOException {
    Path share = Path.of(arguments[0], "share");
    write(share.resolve("bash-completion/completions").resolve(Syntax.PROGRAM), script());
    write(
        share.resolve("zsh/site-functions").resolve("_" + Syntax.PROGRAM),
        ZshCompletion.script(Syntax.spec()));
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  static String script() {
    return AutoComplete.bash(Syntax.PROGRAM, new CommandLine(Syntax.spec()));
  }
}
