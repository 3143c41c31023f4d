package org.jpasst.control.client;

import java.util.ArrayList;
import java.util.List;

/** The usage text of the whole, from the verbs; Syntax has those of each. */
final class Usage {
  private static final int WIDTH = 80;
  private static final int INDENT = 36;

  private Usage() {}

  static List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("Usage: passtctl [-s PATH] [--json] VERB...");
    lines.add("       passtctl migrate show FILE");
    lines.add("");
    lines.add("Looks at a running passt and changes it, over the control socket that passt");
    lines.add("--control PATH makes. passtctl VERB --help has more about a verb.");
    lines.add("");
    for (Verb verb : Verb.all()) {
      describe("  " + verb.words() + " " + verb.argument().words(), verb.description(), lines);
    }
    lines.add("");
    describe(
        "  -s, --socket PATH",
        "the control socket; by default $PASST_CONTROL, or the only one of yours that a"
            + " running passt has",
        lines);
    describe("  " + Verb.JSON.name(), Verb.JSON.description(), lines);
    for (Verb verb : Verb.all()) {
      for (Verb.Option option : verb.options()) {
        if (!option.equals(Verb.JSON)) {
          String synopsis = "  " + option.name() + " " + option.argument();
          describe(synopsis, "for " + verb.words() + ": " + option.description(), lines);
        }
      }
    }
    describe("  -h, --help", "show this text, or a verb's, and exit", lines);
    describe("  -V, --version", "show the version and exit", lines);
    lines.add("");
    lines.add("SPEC is that of passt's -t and -u, for example tcp 2222:22 udp 53.");
    return lines;
  }

  private static void describe(String what, String description, List<String> lines) {
    StringBuilder line = new StringBuilder(what);
    for (String word : description.split(" ")) {
      if (line.length() + 1 + word.length() > WIDTH) {
        lines.add(line.toString());
        line.setLength(0);
      }
      if (line.length() < INDENT) {
        line.repeat(' ', INDENT - line.length());
      } else {
        line.append(' ');
      }
      line.append(word);
    }
    lines.add(line.toString());
  }
}
