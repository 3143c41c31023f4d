package org.jpasst.cli;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Lays out the usage text, by picocli, from the options' model. */
final class Usage {
  private static final int WIDTH = 80;

  private static final List<String> SPEC =
      List.of(
          "SPEC is none, all, or [ADDRESS][%INTERFACE]/PORTS; the part up to the slash may",
          "be left out. PORTS are ports and ranges, with an optional target, and those left",
          "out with a ~ before them; only exclusions mean all the rest. Examples:",
          "  22                         port 22 of every address",
          "  8000-8009:80-89,~8005      ten ports but one, to others of the guest's",
          "  127.0.0.1/8080:80          only of the host's loopback address",
          "  %eth0/~25                  all of one interface but 25 and ephemeral ports");

  private Usage() {}

  /** How ports are written, in lines. */
  static List<String> ports() {
    return SPEC;
  }

  /** What {@code --help} prints. */
  static String text() {
    CommandLine command = new CommandLine(spec());
    return command.getUsageMessage(CommandLine.Help.Ansi.OFF).stripTrailing() + "\n";
  }

  /** The supported options as picocli's model, for whatever else can be made of it. */
  static CommandSpec spec() {
    CommandSpec spec = CommandSpec.create().name("passt");
    spec.usageMessage()
        .customSynopsis("Usage: passt [OPTION]...")
        .synopsisHeading("")
        .description("User-mode networking for virtual machines, without privileges.")
        .footerHeading("%n")
        .footer(SPEC.stream().map(line -> line.replace("%", "%%")).toArray(String[]::new))
        .width(WIDTH)
        .sortOptions(false);
    int order = 0;
    for (OptionSection section : OptionSection.values()) {
      ArgGroupSpec.Builder group =
          ArgGroupSpec.builder()
              .heading("%n" + section.heading() + ":%n")
              .validate(false)
              .order(order++);
      for (PasstOption option : PasstOption.values()) {
        if (option.section() == section && option.isSupported()) {
          group.addArg(option(option));
        }
      }
      spec.addArgGroup(group.build());
    }
    return spec;
  }

  private static OptionSpec option(PasstOption option) {
    List<String> names = new ArrayList<>();
    Synopsis synopsis = option.synopsis();
    synopsis.letter().ifPresent(letter -> names.add("-" + letter));
    synopsis.names().forEach(name -> names.add("--" + name));
    OptionSpec.Builder spec =
        OptionSpec.builder(names.toArray(String[]::new)).description(option.description());
    if (!synopsis.takesArgument()) {
      return spec.arity("0").type(boolean.class).build();
    }
    spec.arity("1").type(String.class).paramLabel(synopsis.argument());
    if (synopsis.namesFile()) {
      spec.type(File.class);
    } else if (!synopsis.choices().isEmpty()) {
      spec.completionCandidates(synopsis.choices());
    }
    return spec.build();
  }
}
