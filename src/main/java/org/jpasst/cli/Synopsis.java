package org.jpasst.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How an option is given.
 *
 * @param text its letter and long names with their dashes, and its argument: {@code -P, --pid PATH}
 * @param letter without the dash
 * @param names without dashes; the first is the one to show
 * @param argument as the usage text calls it; empty for a flag
 */
record Synopsis(String text, Optional<String> letter, List<String> names, String argument) {
  static Synopsis parse(String text) {
    Optional<String> letter = Optional.empty();
    List<String> names = new ArrayList<>();
    String argument = "";
    for (String word : text.replace(",", "").split(" ")) {
      if (word.startsWith("--")) {
        names.add(word.substring(2));
      } else if (word.startsWith("-")) {
        letter = Optional.of(word.substring(1));
      } else {
        argument = word;
      }
    }
    return new Synopsis(text, letter, List.copyOf(names), argument);
  }

  boolean takesArgument() {
    return !argument.isEmpty();
  }

  /** Whether the argument may be a path. */
  boolean namesFile() {
    return alternatives().anyMatch(each -> each.equals("PATH") || each.equals("FILE"));
  }

  /** The words that the argument may be, as they are; capitals stand for something else. */
  List<String> choices() {
    return alternatives().filter(each -> each.matches("[a-z]+")).toList();
  }

  private Stream<String> alternatives() {
    return Arrays.stream(argument.split("\\|"));
  }
}
