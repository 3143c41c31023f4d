package org.jpasst.control.client;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jpasst.config.ProgramVersion;
import org.jpasst.control.Command;
import org.jpasst.log.LogLevel;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** passtctl's command line: a subcommand for each verb, by picocli, whose model it is made from. */
final class Syntax {
  static final String PROGRAM = "passtctl";

  private static final String SOCKET = "--socket";
  private static final int WIDTH = 80;

  /** An argument that is one of some words. */
  private static final Pattern WORDS = Pattern.compile("[a-z]+(\\|[a-z]+)+");

  private Syntax() {}

  /** What a command line asks for. */
  sealed interface Meaning {
    /** To be done. */
    record Do(Invocation invocation) implements Meaning {}

    /** A text is asked for. */
    record Tell(List<String> lines) implements Meaning {}

    /** Nothing that could be done: one line that says why. */
    record Refuse(String reason) implements Meaning {}
  }

  /** Reads a command line. */
  static Meaning read(List<String> arguments) {
    CommandLine line = new CommandLine(spec()).setExpandAtFiles(false);
    try {
      return meaning(line.parseArgs(arguments.toArray(String[]::new)));
    } catch (ParameterException e) {
      return new Meaning.Refuse(complaint(e));
    }
  }

  private static Meaning meaning(ParseResult root) {
    if (root.isVersionHelpRequested()) {
      return new Meaning.Tell(List.of(PROGRAM + " " + ProgramVersion.name() + " (jpasst)"));
    }
    List<ParseResult> parts = new ArrayList<>(List.of(root));
    while (parts.getLast().hasSubcommand()) {
      parts.add(parts.getLast().subcommand());
    }
    CommandSpec spec = parts.getLast().commandSpec();
    if (parts.stream().anyMatch(ParseResult::isUsageHelpRequested)) {
      return new Meaning.Tell(parts.size() == 1 ? Usage.lines() : usage(spec));
    }
    return spec.userObject() instanceof Verb verb
        ? meaning(verb, parts)
        : new Meaning.Refuse(incomplete(spec));
  }

  private static Meaning meaning(Verb verb, List<ParseResult> parts) {
    CommandSpec spec = parts.getLast().commandSpec();
    Map<Verb.Option, String> options = new HashMap<>();
    for (Verb.Option option : verb.options()) {
      value(option, parts).ifPresent(text -> options.put(option, text));
    }
    if (!verb.options().contains(Verb.JSON) && value(Verb.JSON, parts).isPresent()) {
      return new Meaning.Refuse(withAdvice(spec, verb.words() + " has no " + Verb.JSON.name()));
    }
    Optional<Path> socket =
        parts.reversed().stream()
            .flatMap(
                part -> Optional.ofNullable(part.<Path>matchedOptionValue(SOCKET, null)).stream())
            .findFirst();
    return new Meaning.Do(new Invocation(verb, socket, options, words(parts.getLast())));
  }

  private static Optional<String> value(Verb.Option option, List<ParseResult> parts) {
    return parts.stream()
        .filter(part -> part.hasMatchedOption(option.name()))
        .map(
            part ->
                option.takesArgument() ? part.<String>matchedOptionValue(option.name(), "") : "")
        .findFirst();
  }

  private static List<String> words(ParseResult part) {
    return part.matchedPositionals().stream()
        .flatMap(each -> each.stringValues().stream())
        .toList();
  }

  private static List<String> usage(CommandSpec spec) {
    return spec.commandLine()
        .getUsageMessage(CommandLine.Help.Ansi.OFF)
        .lines()
        .map(String::stripTrailing)
        .toList();
  }

  private static String incomplete(CommandSpec spec) {
    List<String> names = new ArrayList<>(spec.subcommands().keySet());
    return withAdvice(spec, "say what: one of " + String.join(", ", names));
  }

  private static String complaint(ParameterException e) {
    CommandSpec spec = e.getCommandLine().getCommandSpec();
    if (!(e instanceof UnmatchedArgumentException unmatched)) {
      String text = e.getMessage();
      return withAdvice(spec, text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1));
    }
    String word = "'" + unmatched.getUnmatched().getFirst() + "'";
    String text =
        unmatched.isUnknownOption()
            ? "no such option: " + word
            : spec.userObject() instanceof Verb verb
                ? verb.words() + " doesn't take " + word
                : "no such command: " + word;
    // The most similar one comes first.
    String advice =
        unmatched.getSuggestions().stream()
            .limit(1)
            .map(each -> ": did you mean " + each + "?")
            .findFirst()
            .orElse("");
    return withAdvice(spec, text + advice);
  }

  private static String withAdvice(CommandSpec spec, String text) {
    return text + " (see " + spec.qualifiedName(" ") + " --help)";
  }

  /** The whole of it as picocli's model, for whatever else can be made of it. */
  static CommandSpec spec() {
    CommandSpec root = group(PROGRAM);
    root.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .arity("0")
            .type(boolean.class)
            .description("show the version and exit")
            .build());
    for (Verb verb : Verb.all()) {
      String[] words = verb.words().split(" ");
      CommandSpec parent = root;
      for (int i = 0; i < words.length - 1; i++) {
        if (!parent.subcommands().containsKey(words[i])) {
          parent.addSubcommand(words[i], group(words[i]));
        }
        parent = parent.subcommands().get(words[i]).getCommandSpec();
      }
      String name = words[words.length - 1];
      parent.addSubcommand(name, leaf(name, verb));
    }
    return root;
  }

  private static CommandSpec group(String name) {
    CommandSpec spec = CommandSpec.create().name(name);
    spec.usageMessage()
        .width(WIDTH)
        .sortOptions(false)
        .optionListHeading("%n")
        .commandListHeading("%n");
    addCommonOptions(spec);
    addOption(spec, Verb.JSON);
    addHelp(spec);
    return spec;
  }

  private static CommandSpec leaf(String name, Verb verb) {
    CommandSpec spec = CommandSpec.wrapWithoutInspection(verb).name(name);
    if (verb.command().isPresent()) {
      addCommonOptions(spec);
    }
    verb.options().forEach(option -> addOption(spec, option));
    addHelp(spec);
    spec.usageMessage()
        .width(WIDTH)
        .sortOptions(false)
        .descriptionHeading("%n")
        .description(sentence(verb.description()))
        .parameterListHeading("%n")
        .optionListHeading(verb.argument().words().isEmpty() ? "%n" : "");
    if (!verb.details().isEmpty()) {
      spec.usageMessage()
          .footerHeading("%n")
          .footer(verb.details().stream().map(Syntax::escaped).toArray(String[]::new));
    }
    parameters(verb.argument()).ifPresent(spec::addPositional);
    return spec;
  }

  private static void addCommonOptions(CommandSpec spec) {
    spec.addOption(
        OptionSpec.builder("-s", SOCKET)
            .arity("1")
            .type(Path.class)
            .paramLabel("PATH")
            .description("the control socket; by default $PASST_CONTROL, or the only one there is")
            .build());
  }

  private static void addHelp(CommandSpec spec) {
    spec.addOption(
        OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .arity("0")
            .type(boolean.class)
            .description("show this text and exit")
            .build());
  }

  private static void addOption(CommandSpec spec, Verb.Option option) {
    OptionSpec.Builder built =
        OptionSpec.builder(option.name()).description(escaped(option.description()));
    if (WORDS.matcher(option.argument()).matches()) {
      built.completionCandidates(List.of(option.argument().split("\\|")));
    }
    spec.addOption(
        option.takesArgument()
            ? built.arity("1").type(String.class).paramLabel(option.argument()).build()
            : built.arity("0").type(boolean.class).build());
  }

  private static Optional<PositionalParamSpec> parameters(Command.Argument argument) {
    return switch (argument) {
      case NONE, PART, FORMAT -> Optional.empty();
      case FILE, CAPTURE ->
          Optional.of(
              PositionalParamSpec.builder()
                  .type(Path.class)
                  .paramLabel("FILE")
                  .required(true)
                  .index("0")
                  .arity("1")
                  .build());
      case RULES ->
          Optional.of(
              PositionalParamSpec.builder()
                  .type(List.class)
                  .auxiliaryTypes(String.class)
                  .paramLabel("tcp|udp SPEC")
                  .arity("2..*")
                  .required(true)
                  .completionCandidates(List.of("tcp", "udp"))
                  .build());
      case LEVEL ->
          Optional.of(
              PositionalParamSpec.builder()
                  .type(String.class)
                  .paramLabel("LEVEL")
                  .arity("0..1")
                  .completionCandidates(Arrays.stream(LogLevel.values()).map(LogLevel::id).toList())
                  .build());
      case CACHE ->
          Optional.of(
              PositionalParamSpec.builder()
                  .type(List.class)
                  .auxiliaryTypes(String.class)
                  .paramLabel("KIND on|off|auto")
                  .arity("2")
                  .required(false)
                  .completionCandidates(
                      List.of("udp", "echo", "other", "bridged", "on", "off", "auto"))
                  .build());
    };
  }

  private static String sentence(String description) {
    return escaped(
        description.substring(0, 1).toUpperCase(Locale.ROOT) + description.substring(1) + ".");
  }

  /** picocli takes texts for formats of java.util.Formatter. */
  private static String escaped(String text) {
    return text.replace("%", "%%");
  }
}
