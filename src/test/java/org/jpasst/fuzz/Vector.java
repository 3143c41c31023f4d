package org.jpasst.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Sessions that can be played again: what {@code test-vectors/fuzz} has. A file's first line names
 * the target; lines that begin with {@code #} say what it is about; {@code session} begins a
 * session, and each other line is an {@link Input}.
 *
 * @param kind what is attacked
 * @param sessions one after the other, each its inputs in order
 */
record Vector(TargetKind kind, List<List<Input>> sessions) {
  private static final String TARGET = "target ";
  private static final String SESSION = "session";
  private static final String COMMENT = "#";

  static Vector read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    TargetKind kind =
        lines.stream()
            .filter(each -> each.startsWith(TARGET))
            .findFirst()
            .flatMap(each -> TargetKind.of(each.substring(TARGET.length()).strip()))
            .orElseThrow(() -> new IOException(file + " names no target"));
    var sessions = new ArrayList<List<Input>>();
    for (String line : lines) {
      if (line.equals(SESSION)) {
        sessions.add(new ArrayList<>());
      } else if (!line.isBlank() && !line.startsWith(COMMENT) && !line.startsWith(TARGET)) {
        sessions.getLast().add(Input.parse(line));
      }
    }
    return new Vector(kind, sessions);
  }

  void write(Path file, List<String> about) throws IOException {
    var lines = new ArrayList<String>();
    lines.add(TARGET + kind.id());
    about.forEach(each -> lines.add(COMMENT + " " + each));
    for (List<Input> session : sessions) {
      lines.add(SESSION);
      session.forEach(each -> lines.add(each.toString()));
    }
    Files.createDirectories(file.getParent());
    Files.write(file, lines);
  }

  /** How many inputs there are. */
  int size() {
    return sessions.stream().mapToInt(List::size).sum();
  }

  /** What doesn't hold when it is played, if anything. */
  Optional<Throwable> failure() {
    try {
      play();
      return Optional.empty();
    } catch (Exception | AssertionError | StackOverflowError e) {
      return Optional.of(e);
    }
  }

  /**
   * Plays it to a target of its own.
   *
   * @throws IOException or an error if something doesn't hold
   */
  void play() throws IOException {
    try (Target target = kind.open()) {
      for (List<Input> session : sessions) {
        target.begin();
        for (Input input : session) {
          target.apply(input);
        }
        target.end();
      }
    }
  }
}
