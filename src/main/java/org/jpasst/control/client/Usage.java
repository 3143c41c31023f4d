package org.jpasst.control.client;

import java.util.ArrayList;
import java.util.List;
import org.jpasst.config.CaptureRing;

/** The usage text, from the verbs. */
final class Usage {
  private static final int WIDTH = 80;
  private static final int INDENT = 36;

  private Usage() {}

  static List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("Usage: passtctl -s PATH [--json] VERB...");
    lines.add("       passtctl migrate show FILE");
    lines.add("");
    lines.add("Looks at a running passt and changes it, by the socket that it was started with");
    lines.add("as --control PATH.");
    lines.add("");
    for (Verb verb : Verb.all()) {
      describe("  " + verb.words() + " " + verb.argument().words(), verb.description(), lines);
    }
    lines.add("");
    describe("  -s, --socket PATH", "the control socket", lines);
    describe("  --json", "print answers as they come, one JSON object a line", lines);
    describe("  --format pcap|pcapng", "of pcap start, if FILE's name doesn't say it", lines);
    describe(
        "  --ring " + CaptureRing.SYNTAX,
        "of pcap start: keep only the last MIB of packets, in FILES files in turn, 4 by default",
        lines);
    describe("  -h, --help", "show this text and exit", lines);
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
