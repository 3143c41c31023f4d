package org.jpasst.control.client;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** What the build records passtctl's AOT cache of: a little of everything, in one process. */
public final class TrainingRun {
  private TrainingRun() {}

  /**
   * Does it.
   *
   * @param arguments a back-end's control socket; without one, only what needs none
   */
  public static void main(String[] arguments) {
    var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    List<List<String>> alone =
        List.of(
            List.of("--help"),
            List.of("--version"),
            List.of("flows", "--help"),
            List.of("flwos"),
            List.of("flows", "-s", "/nowhere"),
            List.of("stats"));
    alone.forEach(words -> PasstCtl.run(words, nowhere, nowhere));
    for (String socket : arguments) {
      List<List<String>> asked =
          List.of(
              List.of("flows"),
              List.of("stats"),
              List.of("stats", "--openmetrics"),
              List.of("top"),
              List.of("forward", "list"),
              List.of("log", "level"),
              List.of("--json", "flows"));
      for (List<String> words : asked) {
        PasstCtl.run(with(socket, words), nowhere, nowhere);
      }
    }
  }

  private static List<String> with(String socket, List<String> words) {
    return Stream.concat(Stream.of("-s", socket), words.stream()).toList();
  }
}
