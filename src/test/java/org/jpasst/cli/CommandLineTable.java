package org.jpasst.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The command lines of the test resource of this name, which says how to read it. */
public final class CommandLineTable {
  private static final String RESOURCE = "command-lines";
  private static final Pattern WORD = Pattern.compile("((?:[^\\s']|'[^']*')+)\\s*");
  private static final Pattern REPEATED = Pattern.compile("(\\w)\\{(\\d+)}");

  private CommandLineTable() {}

  /**
   * One command line.
   *
   * @param option the option that it is there for, with its letter and its argument
   * @param text as in the file
   * @param effect what comes of it
   */
  public record Row(String option, String text, String effect) {
    private static final String DEFAULT = "default";

    @Override
    public String toString() {
      return option + ": " + text + " | " + effect;
    }

    /** Whether it is no command line, but tells the defaults. */
    public boolean isDefault() {
      return text.equals(DEFAULT);
    }

    /** Whether passt has the option, too. */
    public boolean isComparable() {
      return Arrays.stream(PasstOption.values())
          .filter(each -> each.synopsis().text().equals(option))
          .noneMatch(PasstOption::isOurs);
    }

    /** Whether it ends with status 1. */
    public boolean isRefused() {
      return effect.startsWith("refused");
    }

    /** Whether that depends on what the host has, or on other options. */
    public boolean isRefusedAtStart() {
      return effect.equals("refused at start");
    }

    /** Whether it only prints something. */
    public boolean isPrinted() {
      return effect.equals("printed");
    }

    /**
     * The arguments.
     *
     * @param directory in place of DIR
     * @param fd in place of FD
     */
    public List<String> arguments(String directory, String fd) {
      return split(text, directory, fd);
    }
  }

  /** All rows. */
  public static List<Row> rows() {
    var rows = new ArrayList<Row>();
    String option = "";
    for (String line : lines()) {
      if (line.startsWith("## ")) {
        option = line.substring(3);
      } else if (!line.isBlank() && !line.startsWith("#")) {
        int bar = line.lastIndexOf(" |");
        rows.add(new Row(option, line.substring(0, bar), written(line.substring(bar + 2).strip())));
      }
    }
    return List.copyOf(rows);
  }

  /** The arguments of a command line as such files have it. */
  public static List<String> split(String text, String directory, String fd) {
    var arguments = new ArrayList<String>();
    Matcher words = WORD.matcher(text);
    while (words.find()) {
      arguments.add(
          written(words.group(1))
              .replace("'", "")
              .replace("DIR", directory)
              .replaceAll("\\bFD$", fd));
    }
    return List.copyOf(arguments);
  }

  private static String written(String text) {
    return REPEATED
        .matcher(text)
        .replaceAll(found -> found.group(1).repeat(Integer.parseInt(found.group(2))));
  }

  private static List<String> lines() {
    try (var reader =
        new BufferedReader(
            new InputStreamReader(
                CommandLineTable.class.getResourceAsStream(RESOURCE), StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
