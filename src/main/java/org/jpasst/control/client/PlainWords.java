package org.jpasst.control.client;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads command lines that are as the usage text has them, at once. All others are {@link
 * Syntax}'s: picocli's classes are of a format too old for the JVM's AOT cache (JEP 483 takes class
 * files from version 50 on), so that it costs some 150 ms, more than all the rest. What is read
 * here means the same there.
 */
final class PlainWords {
  private static final Set<String> SOCKET = Set.of("-s", "--socket");

  private final List<String> words = new ArrayList<>();
  private final Set<String> options = new HashSet<>();
  private Optional<Path> socket = Optional.empty();

  private PlainWords() {}

  /** What a command line asks for; empty where it isn't plain. */
  static Optional<Invocation> read(List<String> arguments) {
    PlainWords plain = new PlainWords();
    return plain.take(arguments) ? plain.invocation() : Optional.empty();
  }

  private boolean take(List<String> arguments) {
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      if (SOCKET.contains(word)) {
        if (socket.isPresent() || ++i == arguments.size() || !isPath(arguments.get(i))) {
          return false;
        }
        socket = Optional.of(Path.of(arguments.get(i)));
      } else if (word.startsWith("-")) {
        boolean isEarly = words.isEmpty() && !word.equals(Verb.JSON.name());
        if (isEarly || !options.add(word)) {
          return false;
        }
      } else {
        words.add(word);
      }
    }
    return true;
  }

  /** Whether it can't be anything else. */
  private static boolean isPath(String word) {
    return word.indexOf('/') >= 0 && word.indexOf('\0') < 0 && !word.startsWith("-");
  }

  private Optional<Invocation> invocation() {
    for (Verb verb : Verb.all()) {
      List<String> name = List.of(verb.words().split(" "));
      if (words.size() >= name.size() && words.subList(0, name.size()).equals(name)) {
        return invocation(verb, List.copyOf(words.subList(name.size(), words.size())));
      }
    }
    return Optional.empty();
  }

  private Optional<Invocation> invocation(Verb verb, List<String> arguments) {
    Map<Verb.Option, String> given = new HashMap<>();
    for (Verb.Option option : verb.options()) {
      if (options.contains(option.name()) && !option.takesArgument()) {
        given.put(option, "");
      }
    }
    boolean isPlain =
        given.size() == options.size()
            && (socket.isEmpty() || verb.command().isPresent())
            && isEnough(verb, arguments.size());
    return isPlain ? Optional.of(new Invocation(verb, socket, given, arguments)) : Optional.empty();
  }

  private static boolean isEnough(Verb verb, int arguments) {
    return switch (verb.argument()) {
      case NONE, PART, FORMAT -> arguments == 0;
      case FILE, CAPTURE -> arguments == 1;
      case RULES -> arguments >= 2;
      case LEVEL -> arguments <= 1;
      case CACHE -> arguments == 0 || arguments == 2;
    };
  }
}
