package org.jpasst.control.client;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What passtctl was called with.
 *
 * @param socket of {@code -s}
 * @param json answers are printed as they come
 * @param help the usage is asked for
 * @param format of a capture, where its file's name doesn't say it
 * @param ring how much of a capture is kept
 * @param words what is no option
 */
record CommandLine(
    Optional<Path> socket,
    boolean json,
    boolean help,
    Optional<String> format,
    Optional<String> ring,
    List<String> words) {
  /** Reads it; empty where an option isn't known or lacks its argument. */
  static Optional<CommandLine> parse(List<String> arguments) {
    Optional<Path> socket = Optional.empty();
    boolean json = false;
    boolean help = false;
    Optional<String> format = Optional.empty();
    Optional<String> ring = Optional.empty();
    List<String> words = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      if (word.equals("--json")) {
        json = true;
      } else if (word.equals("--help") || word.equals("-h")) {
        help = true;
      } else if ((word.equals("-s") || word.equals("--socket")) && i + 1 < arguments.size()) {
        socket = Optional.of(Path.of(arguments.get(++i)));
      } else if (word.equals("--format") && i + 1 < arguments.size()) {
        format = Optional.of(arguments.get(++i));
      } else if (word.equals("--ring") && i + 1 < arguments.size()) {
        ring = Optional.of(arguments.get(++i));
      } else if (word.equals("--")) {
        words.addAll(arguments.subList(i + 1, arguments.size()));
        break;
      } else if (word.startsWith("-")) {
        return Optional.empty();
      } else {
        words.add(word);
      }
    }
    return Optional.of(new CommandLine(socket, json, help, format, ring, List.copyOf(words)));
  }
}
