package org.jpasst.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes the manual pages of a distribution that was built, as a step of the build: passt's from
 * the options' model, those of the other programs from their usage texts.
 */
public final class ManualPages {
  private static final String TEMPLATE = "passt.1";
  private static final Pattern EXPLAINED = Pattern.compile("(\\S.*?)\\s{2,}(\\S.*)");

  private ManualPages() {}

  /**
   * Writes them to share/man/man1.
   *
   * @param arguments the distribution's directory, and the time that it is of (ISO 8601)
   * @throws IOException if one can't be written, or a program doesn't tell its usage
   */
  public static void main(String[] arguments) throws IOException {
    Path distribution = Path.of(arguments[0]);
    Path directory = Files.createDirectories(distribution.resolve("share/man/man1"));
    String date = arguments[1].substring(0, "2026-11-29".length());
    Files.writeString(directory.resolve("passt.1"), passt(date));
    for (String program : List.of("passtctl", "passt-repair", "passt-demo")) {
      Files.writeString(
          directory.resolve(program + ".1"),
          fromUsage(program, date, usage(distribution.resolve("bin").resolve(program))));
    }
  }

  private static String usage(Path program) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(program.toString(), "--help")
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (text.isBlank()) {
      throw new IOException(program + " --help prints nothing");
    }
    return text;
  }

  /** The page of passt. */
  static String passt(String date) throws IOException {
    OptionDetails details = OptionDetails.read();
    var options = new Roff();
    for (OptionSection section : OptionSection.values()) {
      options.subsection(section.heading());
      options(option -> option.isSupported() && option.section() == section)
          .forEach(
              option -> {
                options.item(option.synopsis().text(), sentence(option.description()));
                details.of(option).ifPresent(options::text);
              });
    }
    options.subsection("Taken for compatibility, without effect");
    options(option -> option.availability() == PasstOption.Availability.WITHOUT_EFFECT)
        .forEach(option -> options.item(option.synopsis().text(), "Nothing is done."));
    return new Roff().title("passt", date, Version.name())
        + template()
            .replace("@OPTIONS@\n", options.toString())
            .replace("@PORTS@\n", new Roff().verbatim(Usage.ports()).toString());
  }

  /** What there is to say besides the options. */
  private static String template() throws IOException {
    try (InputStream in = ManualPages.class.getResourceAsStream(TEMPLATE)) {
      if (in == null) {
        throw new IOException("there is no " + TEMPLATE);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Stream<PasstOption> options(Predicate<PasstOption> wanted) {
    return Arrays.stream(PasstOption.values()).filter(wanted);
  }

  private static String sentence(String description) {
    return description.endsWith(".") ? description : description + ".";
  }

  /**
   * A page from a usage text: the lines of the synopsis up to the first blank one, then paragraphs,
   * among them lines of a term, two blanks and what it means.
   */
  static String fromUsage(String program, String date, String usage) {
    List<String> lines = usage.lines().map(String::stripTrailing).toList();
    List<String> synopsis = lines.stream().takeWhile(line -> !line.isEmpty()).toList();
    Roff page =
        new Roff()
            .title(program, date, Version.name())
            .section("NAME")
            .text(program + " - " + purpose(program))
            .section("SYNOPSIS")
            .verbatim(synopsis.stream().map(line -> line.replace("Usage:", "").strip()).toList())
            .section("DESCRIPTION");
    for (List<String> paragraph : paragraphs(lines.subList(synopsis.size(), lines.size()))) {
      boolean begun = false;
      for (String line : paragraph) {
        Matcher explained = EXPLAINED.matcher(line.strip());
        boolean continued = begun && line.startsWith("    ");
        if (explained.matches() && !continued) {
          page.item(explained.group(1), explained.group(2));
        } else if (begun) {
          page.text(line.strip());
        } else {
          page.paragraph(line.strip());
        }
        begun = true;
      }
    }
    return page.section("SEE ALSO").text("passt(1)").toString();
  }

  private static String purpose(String program) {
    return switch (program) {
      case "passtctl" -> "controls a running passt";
      case "passt-demo" -> "shows passt at work";
      case "passt-repair" -> "switches TCP repair mode for passt during migration";
      default -> throw new IllegalArgumentException(program);
    };
  }

  private static List<List<String>> paragraphs(List<String> lines) {
    List<List<String>> paragraphs = new ArrayList<>();
    boolean inside = false;
    for (String line : lines) {
      if (line.isEmpty()) {
        inside = false;
        continue;
      }
      if (!inside) {
        paragraphs.add(new ArrayList<>());
        inside = true;
      }
      paragraphs.getLast().add(line);
    }
    return paragraphs;
  }
}
