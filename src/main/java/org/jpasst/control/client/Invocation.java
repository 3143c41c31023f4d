package org.jpasst.control.client;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What passtctl was called for.
 *
 * @param verb what to do
 * @param socket of {@code -s}
 * @param options those given of the verb's, with their arguments; a flag's is empty
 * @param arguments what followed the verb
 */
record Invocation(
    Verb verb, Optional<Path> socket, Map<Verb.Option, String> options, List<String> arguments) {
  /** Whether an option is given. */
  boolean has(Verb.Option option) {
    return options.containsKey(option);
  }

  /** An option's argument, if it is given. */
  Optional<String> value(Verb.Option option) {
    return Optional.ofNullable(options.get(option));
  }

  /** As it was said, without options. */
  String text() {
    return arguments.isEmpty() ? verb.words() : verb.words() + " " + String.join(" ", arguments);
  }
}
