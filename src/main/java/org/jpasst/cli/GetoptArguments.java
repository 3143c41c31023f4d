package org.jpasst.cli;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jpasst.config.ConfigurationException;

/**
 * Takes a command line apart as GNU getopt_long(3) does with "+": long names may be abbreviated as
 * far as only one option begins so, letters may be clustered, values attached, and the first
 * argument that is no option ends them.
 */
final class GetoptArguments {
  private final String[] arguments;
  private int next;
  private String cluster = "";

  GetoptArguments(String... arguments) {
    this.arguments = arguments.clone();
  }

  /**
   * The next option, so that what comes before a mistake still counts.
   *
   * @return nothing at the end
   * @throws ConfigurationException if what follows isn't an option, or not rightly given
   */
  Optional<OptionArgument> next() {
    if (!cluster.isEmpty()) {
      return Optional.of(letter());
    }
    if (next == arguments.length) {
      return Optional.empty();
    }
    String argument = arguments[next];
    if (argument.equals("--")) {
      if (next + 1 < arguments.length) {
        throw operand(arguments[next + 1]);
      }
      return Optional.empty();
    }
    if (argument.startsWith("--")) {
      next++;
      return Optional.of(longOption(argument.substring(2)));
    }
    if (argument.length() < 2 || argument.charAt(0) != '-') {
      throw operand(argument);
    }
    next++;
    cluster = argument.substring(1);
    return Optional.of(letter());
  }

  private OptionArgument letter() {
    String letter = cluster.substring(0, 1);
    cluster = cluster.substring(1);
    PasstOption option = byLetter(letter);
    if (!option.synopsis().takesArgument()) {
      return new OptionArgument(option, "");
    }
    if (!cluster.isEmpty()) {
      String value = cluster;
      cluster = "";
      return new OptionArgument(option, value);
    }
    return new OptionArgument(option, following("-" + letter));
  }

  private static PasstOption byLetter(String letter) {
    for (PasstOption option : PasstOption.values()) {
      if (option.synopsis().letter().filter(letter::equals).isPresent()) {
        return option;
      }
    }
    throw new ConfigurationException("-" + letter + ": no such option; --help lists them");
  }

  private OptionArgument longOption(String text) {
    int equals = text.indexOf('=');
    PasstOption option = byName(equals < 0 ? text : text.substring(0, equals));
    if (!option.synopsis().takesArgument()) {
      if (equals >= 0) {
        throw new ConfigurationException(option + ": takes no argument; leave it out");
      }
      return new OptionArgument(option, "");
    }
    String value = equals < 0 ? following(option.toString()) : text.substring(equals + 1);
    return new OptionArgument(option, value);
  }

  private static PasstOption byName(String name) {
    List<String> possible = new ArrayList<>();
    Set<PasstOption> options = EnumSet.noneOf(PasstOption.class);
    for (PasstOption option : PasstOption.values()) {
      for (String candidate : option.synopsis().names()) {
        if (candidate.equals(name)) {
          return option;
        }
        if (!name.isEmpty() && candidate.startsWith(name)) {
          possible.add("--" + candidate);
          options.add(option);
        }
      }
    }
    if (options.size() > 1) {
      // What can be abbreviated with passt stays so.
      options.removeIf(PasstOption::isOurs);
    }
    if (options.size() == 1) {
      return options.iterator().next();
    }
    throw new ConfigurationException(
        "--"
            + name
            + (possible.isEmpty()
                ? ": no such option; --help lists them"
                : ": ambiguous, could be " + String.join(" ", possible) + "; write it out"));
  }

  private String following(String spelled) {
    if (next == arguments.length) {
      throw new ConfigurationException(spelled + ": argument missing; give one");
    }
    return arguments[next++];
  }

  private static ConfigurationException operand(String text) {
    return new ConfigurationException(text + ": extra non-option argument; leave it out");
  }
}
