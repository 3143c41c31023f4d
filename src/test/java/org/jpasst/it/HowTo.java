package org.jpasst.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.LabDirectory;

/** What a section of the documentation tells its reader to write or to type: its blocks of code. */
final class HowTo {
  private static final String INDENT = "    ";

  private HowTo() {}

  /**
   * The indented blocks of a section, in order, without their indent.
   *
   * @param file in docs
   * @param heading the section's own, with its number signs
   */
  static List<String> blocks(String file, String heading) {
    List<String> lines = lines(file);
    int begin = lines.indexOf(heading);
    if (begin < 0) {
      throw new AssertionError("there is no " + heading + " in " + file);
    }
    var blocks = new ArrayList<String>();
    var block = new StringBuilder();
    for (String line : lines.subList(begin + 1, lines.size())) {
      if (line.startsWith(INDENT)) {
        block.append(line.substring(INDENT.length())).append('\n');
      } else if (!block.isEmpty()) {
        blocks.add(block.toString());
        block.setLength(0);
      }
      if (line.startsWith("#")) {
        break;
      }
    }
    return List.copyOf(blocks);
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(LabDirectory.checkout().resolve("docs").resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
