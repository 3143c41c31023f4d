package org.jpasst.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import org.jpasst.cli.CommandLineTable;
import org.jpasst.lab.LabDirectory;

/**
 * A command line that passt takes and we refuse, or the other way round, as docs/compatibility.md
 * has it.
 *
 * @param text the command line, as the table of command lines has it
 * @param passt what passt does: "takes it" or "refuses it"
 */
record CommandLineDifference(String text, String passt) {
  private static final String SECTION = "### Command lines that only one of the two takes";
  private static final Pattern CELLS = Pattern.compile("\\s*\\|\\s*");

  /** Reads the rows of the document's table. */
  static List<CommandLineDifference> documented() {
    try {
      return Files.readAllLines(LabDirectory.checkout().resolve("docs/compatibility.md")).stream()
          .dropWhile(each -> !each.equals(SECTION))
          .dropWhile(each -> !each.startsWith("| ---"))
          .skip(1)
          .takeWhile(each -> each.startsWith("|"))
          .map(each -> CELLS.split(each.substring(1).strip(), -1))
          .map(cells -> new CommandLineDifference(cells[0].replace("`", ""), cells[1]))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The exit status that passt ends with. */
  int status() {
    return switch (passt) {
      case "takes it" -> 0;
      case "refuses it" -> 1;
      default -> throw new AssertionError("docs/compatibility.md: " + this);
    };
  }

  /** Whether the other arguments contain these, in order. */
  boolean isPartOf(List<String> arguments, String directory, String fd) {
    List<String> own = CommandLineTable.split(text, directory, fd);
    int found = 0;
    for (String each : arguments) {
      if (found < own.size() && each.equals(own.get(found))) {
        found++;
      }
    }
    return found == own.size();
  }
}
