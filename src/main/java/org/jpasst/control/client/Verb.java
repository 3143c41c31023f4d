package org.jpasst.control.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.control.Command;

/**
 * What passtctl does: the commands that there are, and two things of its own.
 *
 * @param words that name it
 * @param argument what follows them
 * @param command what it asks the back-end for; empty where it asks none
 * @param description what it does, for people
 */
record Verb(
    String words, Command.Argument argument, Optional<Command> command, String description) {
  static final Verb TOP =
      new Verb(
          "top",
          Command.Argument.NONE,
          Optional.of(Command.FLOWS),
          "show the flows by rate, every second anew; ends with q");

  static final Verb MIGRATE_SHOW =
      new Verb("migrate show", Command.Argument.FILE, Optional.empty(), "print the state in FILE");

  /** All, in the order of the usage text. */
  static List<Verb> all() {
    List<Verb> verbs = new ArrayList<>();
    for (Command each : Command.values()) {
      verbs.add(new Verb(each.text(), each.argument(), Optional.of(each), each.description()));
      if (each == Command.FLOWS) {
        verbs.add(TOP);
      }
    }
    verbs.add(MIGRATE_SHOW);
    return verbs;
  }

  /** The words that follow it. */
  List<String> argumentsOf(List<String> given) {
    return given.subList(words.split(" ").length, given.size());
  }

  /** The verb of a command line, if there is one that takes what follows. */
  static Optional<Verb> of(List<String> given) {
    return all().stream().filter(each -> each.matches(given)).findFirst();
  }

  private boolean matches(List<String> given) {
    List<String> own = List.of(words.split(" "));
    return given.size() >= own.size()
        && given.subList(0, own.size()).equals(own)
        && argument.allows(given.size() - own.size());
  }
}
