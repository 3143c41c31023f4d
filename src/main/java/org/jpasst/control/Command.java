package org.jpasst.control;

import java.util.Optional;

/** What the operator can ask for. */
enum Command {
  /** Handle what the guest has sent, and nothing more. */
  MIGRATE_PAUSE("migrate pause"),
  /** Write the state to the descriptor passed along, or to {@code path}. */
  MIGRATE_SAVE("migrate save"),
  /** Read a state from the descriptor passed along, or from {@code path}. */
  MIGRATE_LOAD("migrate load"),
  /** Go on here. */
  MIGRATE_RESUME("migrate resume"),
  /** Go on here, though the state was saved. */
  MIGRATE_CANCEL("migrate cancel");

  private final String text;

  Command(String text) {
    this.text = text;
  }

  /** As the socket has it. */
  String text() {
    return text;
  }

  /** Whether a file goes with it. */
  boolean takesFile() {
    return this == MIGRATE_SAVE || this == MIGRATE_LOAD;
  }

  /** The command of a text. */
  static Optional<Command> of(String text) {
    for (Command each : values()) {
      if (each.text.equals(text)) {
        return Optional.of(each);
      }
    }
    return Optional.empty();
  }
}
