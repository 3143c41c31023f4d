package org.jpasst.vectors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;
import org.jpasst.lab.LabDirectory;

/**
 * A deliberate difference on the wire, as docs/compatibility.md lists it.
 *
 * @param vector name of the recording that we differ from
 * @param instead what this program does, in words
 * @param decidedBy the section that decides
 */
public record Deviation(String vector, String instead, String decidedBy) {
  private static final String SECTION = "## Deliberate differences on the wire";
  private static final Pattern CELLS = Pattern.compile("\\s*\\|\\s*");

  /** Reads the rows of the document's table. */
  public static List<Deviation> documented() {
    try {
      return Files.readAllLines(LabDirectory.checkout().resolve("docs/compatibility.md")).stream()
          .dropWhile(each -> !each.equals(SECTION))
          .dropWhile(each -> !each.startsWith("| ---"))
          .skip(1)
          .takeWhile(each -> each.startsWith("|"))
          .map(Deviation::of)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Deviation of(String row) {
    String[] cells = CELLS.split(row.substring(1).strip(), -1);
    return new Deviation(cells[0], cells[1], cells[2]);
  }
}
