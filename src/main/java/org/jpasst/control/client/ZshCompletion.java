package org.jpasst.control.client;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Writes zsh's completion of a command line with subcommands, from picocli's model, which has a
 * writer for bash alone. There is a function for each subcommand, zshcompsys(1).
 */
final class ZshCompletion {
  private final StringBuilder script = new StringBuilder();

  private ZshCompletion() {}

  /** A file that zsh finds by its name, which is the command's behind an underscore. */
  static String script(CommandSpec root) {
    ZshCompletion completion = new ZshCompletion();
    completion.line("#compdef " + root.name());
    completion.function(functionName("", root), root);
    completion.line("");
    completion.line(functionName("", root) + " \"$@\"");
    return completion.script.toString();
  }

  private static String functionName(String parent, CommandSpec spec) {
    return parent + "_" + spec.name();
  }

  private void line(String text) {
    script.append(text).append('\n');
  }

  private void function(String name, CommandSpec spec) {
    List<CommandSpec> subcommands =
        spec.subcommands().values().stream().map(CommandLine::getCommandSpec).toList();
    line("");
    line(name + "() {");
    if (subcommands.isEmpty()) {
      arguments("_arguments -s -S", spec);
    } else {
      line("  local curcontext=$curcontext state state_descr line");
      line("  local -A opt_args");
      line("  local -a commands=(");
      subcommands.forEach(
          each -> line("    " + quoted(each.name() + ":" + escaped(description(each)))));
      line("  )");
      arguments("_arguments -C -s -S", spec);
      line("  case $state in");
      line("    command) _describe command commands ;;");
      line("    rest)");
      line("      case $words[1] in");
      subcommands.forEach(
          each -> line("        " + each.name() + ") " + functionName(name, each) + " ;;"));
      line("      esac");
      line("      ;;");
      line("  esac");
    }
    line("}");
    subcommands.forEach(each -> function(functionName(name, each), each));
  }

  private void arguments(String command, CommandSpec spec) {
    List<String> all = new ArrayList<>();
    spec.options().forEach(option -> all.addAll(option(option)));
    if (spec.subcommands().isEmpty()) {
      spec.positionalParameters().forEach(each -> all.add(positional(each)));
    } else {
      all.addAll(List.of("1: :->command", "*:: :->rest"));
    }
    String separator = " \\\n    ";
    line(
        all.stream()
            .map(ZshCompletion::quoted)
            .collect(Collectors.joining(separator, "  " + command + separator, "")));
  }

  /** One for each of its names; what asks for help stands alone. */
  private static List<String> option(OptionSpec option) {
    boolean alone = option.usageHelp() || option.versionHelp();
    String others = alone ? "- : *" : String.join(" ", option.names());
    boolean argument = option.arity().max() > 0;
    List<String> all = new ArrayList<>();
    for (String name : option.names()) {
      String form = !argument ? "" : name.startsWith("--") ? "=" : "+";
      String text = escaped(String.join(" ", option.description()).replace("%%", "%"));
      String rest = argument ? ":" + escaped(option.paramLabel()) + ":" + action(option) : "";
      all.add("(" + others + ")" + name + form + "[" + text + "]" + rest);
    }
    return all;
  }

  private static String positional(PositionalParamSpec parameter) {
    String place = parameter.arity().max() > 1 ? "*:" : parameter.required() ? ":" : "::";
    return place + escaped(parameter.paramLabel()) + ":" + action(parameter);
  }

  private static String action(ArgSpec argument) {
    if (argument.completionCandidates() != null) {
      return StreamSupport.stream(argument.completionCandidates().spliterator(), false)
          .collect(Collectors.joining(" ", "(", ")"));
    }
    boolean isFile = argument.type() == Path.class || argument.type() == File.class;
    return isFile ? "_files" : " ";
  }

  /** Of a group, what is in it. */
  private static String description(CommandSpec spec) {
    Map<String, CommandLine> subcommands = spec.subcommands();
    return subcommands.isEmpty()
        ? String.join(" ", spec.usageMessage().description()).replace("%%", "%")
        : String.join(", ", subcommands.keySet());
  }

  private static String escaped(String text) {
    return text.replaceAll("[\\[\\]:\\\\]", "\\\\$0");
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
