package org.jpasst.cli;

import org.jpasst.config.ConfigurationException;

/** Reads passt(1)'s command line. */
public final class Cli {
  private Cli() {}

  /**
   * Reads the whole command line; touches neither files nor sockets.
   *
   * @param arguments without the program's name
   * @return wishes to run with, or what to print before ending: one line on an error
   */
  public static CliResult parse(String... arguments) {
    GetoptArguments options = new GetoptArguments(arguments);
    RequestBuilder request = new RequestBuilder();
    try {
      for (var given = options.next(); given.isPresent(); given = options.next()) {
        request.take(given.get());
        if (request.answer().isPresent()) {
          return new CliResult.Exit(0, request.answer().get(), CliResult.Stream.STDOUT);
        }
      }
      return new CliResult.Run(request.build(), request.notices());
    } catch (ConfigurationException e) {
      return failure(e.getMessage());
    }
  }

  /** The end of a run that can't begin: the message as passt's one line on standard error. */
  public static CliResult.Exit failure(String message) {
    String line = message.replaceAll("\\p{Cntrl}", "?");
    return new CliResult.Exit(1, "passt: " + line + "\n", CliResult.Stream.STDERR);
  }
}
