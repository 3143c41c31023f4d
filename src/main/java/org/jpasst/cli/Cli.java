package org.jpasst.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.ConfigurationException;
import org.jpasst.config.Notice;

/** Reads passt(1)'s command line. */
public final class Cli {
  /** What QEMU's document on vhost-user wants from back-end programs ("Backend program"). */
  private static final String CAPABILITIES = "{\n  \"type\": \"net\"\n}\n";

  private Cli() {}

  /**
   * Reads the whole command line; touches neither files nor sockets.
   *
   * @param arguments without the program's name
   * @return wishes to run with, or what to print before ending: one line on an error
   */
  public static CliResult parse(String... arguments) {
    GetoptArguments options = new GetoptArguments(arguments);
    List<Notice> notices = new ArrayList<>();
    RequestBuilder request = new RequestBuilder(notices::add);
    try {
      Optional<GetoptArguments.Given> given = options.next();
      while (given.isPresent()) {
        PasstOption option = given.get().option();
        if (option == PasstOption.HELP) {
          return new CliResult.Exit(0, Usage.text(), CliResult.Stream.STDOUT);
        }
        if (option == PasstOption.VERSION) {
          return new CliResult.Exit(0, Version.text(), CliResult.Stream.STDOUT);
        }
        if (option == PasstOption.PRINT_CAPABILITIES) {
          return new CliResult.Exit(0, CAPABILITIES, CliResult.Stream.STDOUT);
        }
        if (isTaken(given.get(), notices)) {
          request.take(option, given.get().value());
        }
        given = options.next();
      }
      return new CliResult.Run(request.build(), notices);
    } catch (ConfigurationException e) {
      return failure(e.getMessage());
    }
  }

  /** The end of a run that can't begin: the message as passt's one line on standard error. */
  public static CliResult.Exit failure(String message) {
    String line = message.replaceAll("\\p{Cntrl}", "?");
    return new CliResult.Exit(1, "passt: " + line + "\n", CliResult.Stream.STDERR);
  }

  private static boolean isTaken(GetoptArguments.Given given, List<Notice> notices) {
    PasstOption option = given.option();
    return switch (option.availability()) {
      case SUPPORTED -> true;
      case WITHOUT_EFFECT -> {
        if (option == PasstOption.STDERR) {
          notices.add(
              new Notice(
                  Notice.Level.WARNING, "--stderr has no effect and will go away; leave it out"));
        }
        yield false;
      }
      case PASTA_ONLY ->
          throw new ConfigurationException(option + ": is for pasta mode only; leave it out");
    };
  }
}
