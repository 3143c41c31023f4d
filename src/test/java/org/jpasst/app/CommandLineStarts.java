package org.jpasst.app;

import com.google.gson.Gson;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.BackEndProgram;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTree;

/** Starts a program with many command lines, one after the other, by src/test/lab's script. */
final class CommandLineStarts {
  /** Stands for the number of the guest's descriptor. */
  static final String FD = "FD";

  private static final String SECONDS_EACH = "20";
  private static final Duration LIMIT = Duration.ofMinutes(4);

  private final Lab lab;

  CommandLineStarts(Lab lab) {
    this.lab = lab;
  }

  /**
   * How a start ended.
   *
   * @param status the exit status, -1 if it didn't end
   * @param error what was written to standard error
   */
  record End(int status, String error) {}

  /** Starts it in the lab's host namespace with each of the command lines. */
  List<End> run(BackEndProgram program, List<List<String>> commandLines) {
    Gson gson = new Gson();
    try (LabProcess script = lab.host().start(command(program), BackEnd.environment())) {
      try (Writer input = writer(script)) {
        for (List<String> each : commandLines) {
          input.write(gson.toJson(each) + "\n");
        }
      }
      int status = script.awaitExit(LIMIT);
      List<End> ends = script.output().lines().map(each -> gson.fromJson(each, End.class)).toList();
      if (status != 0 || ends.size() != commandLines.size()) {
        throw script.failure("status " + status);
      }
      return ends;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> command(BackEndProgram program) throws IOException {
    String script = Files.readString(LabDirectory.script("try-command-lines"));
    var command = new ArrayList<>(List.of("python3", "-c", script, SECONDS_EACH));
    command.add(program.existing().toString());
    command.addAll(prefix());
    Path resolvConf = lab.resolvConf();
    return LabTree.testing().inside(command, resolvConf);
  }

  /** What goes before each command line: the guest is gone already, so nobody stays. */
  static List<String> prefix() {
    return List.of("--quiet", "--fd", FD);
  }

  private static Writer writer(LabProcess script) {
    return new OutputStreamWriter(script.input(), StandardCharsets.UTF_8);
  }
}
