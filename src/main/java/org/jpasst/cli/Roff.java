package org.jpasst.cli;

import java.util.List;

/** Text for man(1), in the macros of man(7). */
final class Roff {
  private final StringBuilder page = new StringBuilder();

  /** Begins a page of section 1. */
  Roff title(String program, String date, String version) {
    return macro(".TH %s 1 %s \"jpasst %s\" \"User Commands\"".formatted(program, date, version));
  }

  Roff section(String heading) {
    return macro(".SH " + heading);
  }

  Roff subsection(String heading) {
    return macro(".SS " + quoted(heading));
  }

  Roff paragraph(String text) {
    return macro(".PP").text(text);
  }

  /** A term in bold, and what is said about it below, indented. */
  Roff item(String term, String text) {
    return macro(".TP").macro(".B " + quoted(term)).text(text);
  }

  /** Lines that stay as they are. */
  Roff verbatim(List<String> lines) {
    macro(".PP").macro(".nf");
    lines.forEach(this::text);
    return macro(".fi");
  }

  Roff text(String text) {
    // A line that begins with a dot or a quote would be a request; \& is nothing.
    String escaped = escaped(text);
    boolean looksLikeRequest = escaped.startsWith(".") || escaped.startsWith("'");
    return macro(looksLikeRequest ? "\\&" + escaped : escaped);
  }

  private Roff macro(String line) {
    page.append(line).append('\n');
    return this;
  }

  private static String quoted(String text) {
    return '"' + escaped(text).replace("\"", "\\(dq") + '"';
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\e")
        .replace("-", "\\-")
        .replace("~", "\\(ti")
        .replace("^", "\\(ha");
  }

  @Override
  public String toString() {
    return page.toString();
  }
}
