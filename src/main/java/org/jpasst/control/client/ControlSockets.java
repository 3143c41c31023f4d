package org.jpasst.control.client;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which control socket is meant where none is named: that of {@code PASST_CONTROL}, or the only one
 * that a running back-end has. Those of other users don't count, not even for root: what connects
 * there shows a stranger's text, and may pass a file to him.
 */
final class ControlSockets {
  static final String VARIABLE = "PASST_CONTROL";

  private static final String MAIN_CLASS = "org.jpasst.Main";
  private static final String OPTION = "--control";
  private static final String ADVICE = "say which by -s PATH or " + VARIABLE;

  private final Path processes;
  private final int user;

  /**
   * Looks at running processes.
   *
   * @param processes the directory that the kernel tells of them in, proc(5)
   * @param user whose sockets count
   */
  ControlSockets(Path processes, int user) {
    this.processes = processes;
    this.user = user;
  }

  /**
   * The one that is meant.
   *
   * @param variable the content of {@code PASST_CONTROL}; empty or absent where it isn't set
   * @throws IOException if there is none, or more than one
   */
  Path meant(Optional<String> variable) throws IOException {
    Optional<String> named = variable.filter(text -> !text.isEmpty());
    if (named.isPresent()) {
      return path(named.get())
          .orElseThrow(() -> new FileNotFoundException(VARIABLE + " is no path: " + named.get()));
    }
    List<Path> all = all();
    List<Path> own = all.stream().filter(this::isOwn).toList();
    if (own.size() == 1) {
      return own.getFirst();
    }
    if (own.size() > 1) {
      throw new IOException(
          "several back-ends have a control socket: " + list(own) + "; " + ADVICE);
    }
    throw new IOException(
        all.isEmpty()
            ? "no back-end with a control socket is running (passt --control PATH); " + ADVICE
            : "no control socket of yours, but of others: " + list(all) + "; " + ADVICE);
  }

  private static String list(List<Path> paths) {
    return paths.stream().map(Path::toString).collect(Collectors.joining(", "));
  }

  private List<Path> all() throws IOException {
    var found = new TreeSet<Path>();
    try (DirectoryStream<Path> each = Files.newDirectoryStream(processes, "[0-9]*")) {
      for (Path process : each) {
        socket(process).filter(Files::exists).ifPresent(found::add);
      }
    }
    return List.copyOf(found);
  }

  /**
   * What a process was asked to listen at, if it is a back-end that was. Nobody can tell which
   * directory a relative path began in, as it is in none of this file system any more: it is taken
   * for one in ours.
   */
  private static Optional<Path> socket(Path process) {
    try {
      byte[] line = Files.readAllBytes(process.resolve("cmdline"));
      List<String> words = List.of(new String(line, StandardCharsets.UTF_8).split("\0"));
      int main = words.indexOf(MAIN_CLASS);
      return main < 0
          ? Optional.empty()
          : option(words.subList(main + 1, words.size()))
              .flatMap(ControlSockets::path)
              .map(Path::toAbsolutePath);
    } catch (IOException e) {
      return Optional.empty(); // it has ended
    }
  }

  private static Optional<String> option(List<String> words) {
    return IntStream.range(0, words.size())
        .boxed()
        .flatMap(
            i ->
                words.get(i).startsWith(OPTION + "=")
                    ? Optional.of(words.get(i).substring(OPTION.length() + 1)).stream()
                    : words.get(i).equals(OPTION)
                        ? words.stream().skip(i + 1).limit(1)
                        : Optional.<String>empty().stream())
        .reduce((former, latter) -> latter);
  }

  private static Optional<Path> path(String text) {
    try {
      return Optional.of(Path.of(text));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  private boolean isOwn(Path path) {
    try {
      return Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(user);
    } catch (IOException e) {
      return false;
    }
  }
}
