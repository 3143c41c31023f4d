package org.jpasst.control;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.jpasst.migrate.stream.StateStream;
import org.jpasst.migrate.stream.StreamReport;

/**
 * The operator's program: {@code passtctl [-s PATH] migrate pause|save|load|resume|cancel [FILE]},
 * and {@code passtctl migrate show FILE}, which prints a saved state. Ends with status 0, or with 1
 * and one line on standard error.
 */
public final class PasstCtl {
  private static final String SHOW = "show";

  private PasstCtl() {}

  /**
   * Runs it and ends the process.
   *
   * @param arguments as the usage says
   */
  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.out, System.err));
  }

  /** Runs it; answers the exit status. */
  static int run(List<String> arguments, PrintStream out, PrintStream err) {
    if (arguments.equals(List.of("--help")) || arguments.equals(List.of("-h"))) {
      usage(out);
      return 0;
    }
    boolean named = arguments.size() > 2 && arguments.getFirst().equals("-s");
    List<String> words = named ? arguments.subList(2, arguments.size()) : arguments;
    try {
      if (words.size() == 3 && words.get(0).equals("migrate") && words.get(1).equals(SHOW)) {
        show(Path.of(words.get(2)), out);
        return 0;
      }
      Optional<Command> command =
          words.size() < 2 ? Optional.empty() : Command.of(words.get(0) + " " + words.get(1));
      if (!named || command.isEmpty() || words.size() != (command.get().takesFile() ? 3 : 2)) {
        usage(err);
        return 1;
      }
      Path socket = Path.of(arguments.get(1));
      Optional<Path> file =
          command.get().takesFile() ? Optional.of(Path.of(words.get(2))) : Optional.empty();
      new ControlClient(socket).execute(command.get(), file);
      return 0;
    } catch (IOException e) {
      err.println("passtctl: " + e.getMessage());
      return 1;
    }
  }

  private static void usage(PrintStream to) {
    to.println("Usage: passtctl -s PATH migrate pause|resume|cancel");
    to.println("       passtctl -s PATH migrate save|load FILE");
    to.println("       passtctl migrate show FILE");
    to.println();
    to.println("PATH is the socket that passt was started with as --control PATH.");
    to.println();
    to.println("pause   the guest stands still: handle what it has sent, and nothing more");
    to.println("save    stop its connections and write their state to FILE");
    to.println("load    go on with the connections whose state is in FILE");
    to.println("resume  the guest goes on here");
    to.println("cancel  the same, after a save that led nowhere");
    to.println("show    print the state in FILE");
  }

  private static void show(Path file, PrintStream out) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        Arena arena = Arena.ofConfined()) {
      StreamReport.lines(StateStream.read(channel, arena)).forEach(out::println);
    } catch (NoSuchFileException e) {
      throw new FileNotFoundException(file + ": no such file");
    }
  }
}
